#include "log/neighbours.hpp"

#include <algorithm>

namespace esker::log {
namespace {

using Group = std::vector<std::shared_ptr<Segment>>;

/// What a segment's records and their table take.
std::uint64_t content_bytes(const Segment& segment) {
  const format::SegmentFooter& footer = segment.footer();
  return footer.records_end.value() - format::kSegmentHeaderBytes +
         footer.records * format::kOffsetEntryBytes;
}

std::uint64_t parts_of(const Segment& segment) {
  return std::max<std::uint64_t>(segment.header().parts.size(), 1);
}

}  // namespace

std::vector<Group> small_neighbours(std::span<const std::shared_ptr<Segment>> segments,
                                    std::uint64_t segment_bytes) {
  const std::uint64_t room =
      segment_bytes - format::kSegmentHeaderBytes - format::kSegmentFooterBytes;
  std::vector<Group> groups;
  Group group;
  std::uint64_t bytes = 0;
  std::uint64_t parts = 0;
  const auto end_group = [&] {
    if (group.size() > 1) groups.push_back(std::move(group));
    group.clear();
    bytes = parts = 0;
  };
  for (const std::shared_ptr<Segment>& segment : segments) {
    if (!segment->sealed() || content_bytes(*segment) > room / 2) {
      end_group();
      continue;
    }
    if (bytes + content_bytes(*segment) > room || parts + parts_of(*segment) > format::kPartsMax) {
      end_group();
    }
    group.push_back(segment);
    bytes += content_bytes(*segment);
    parts += parts_of(*segment);
  }
  end_group();
  return groups;
}

}  // namespace esker::log
