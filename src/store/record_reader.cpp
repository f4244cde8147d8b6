#include "store/record_reader.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

namespace esker::store {
namespace {

constexpr std::uint64_t kFirstWindowBytes = 128 << 10;
constexpr std::uint64_t kWindowBytesMax = 2 << 20;
/// What was in memory is taken to be there for so long.
constexpr std::chrono::seconds kRoundOfAsking(30);
/// Records between two that are wanted are asked for with them when there are so few.
constexpr std::uint64_t kGapMax = 8;

/// Windows for the records of a segment. There is nothing to ask for in one that grows.
io::ReadAheadWindow window_of(const log::Segment& segment) {
  if (!segment.sealed()) return {INT64_MAX, INT64_MAX};
  const format::SegmentFooter& footer = segment.footer();
  const std::uint64_t record_bytes =
      std::max<std::uint64_t>(1, footer.records_end.value() / footer.records);
  const auto records = [record_bytes](std::uint64_t bytes) {
    return std::max<std::uint64_t>(1, bytes / record_bytes);
  };
  return {records(kFirstWindowBytes), records(kWindowBytesMax)};
}

/// Records that stand (nearly) in a row in a segment.
struct Row {
  const log::Segment* segment = nullptr;
  Position first;
  Position end;
};

/// The rows of these positions, which ascend or descend.
std::vector<Row> rows_of(const log::SegmentSet& segments, std::span<const Position> positions) {
  std::vector<Row> rows;
  for (const Position position : positions) {
    Row* const last = rows.empty() ? nullptr : &rows.back();
    if (last != nullptr && position >= last->segment->first() && position < last->segment->end()) {
      if (position >= last->first && position <= last->end.plus(kGapMax)) {
        last->end = std::max(last->end, position.next());
      } else if (position < last->first && last->first <= position.plus(kGapMax + 1)) {
        last->first = position;
      } else {
        rows.push_back({last->segment, position, position.next()});
      }
      continue;
    }
    const std::shared_ptr<log::Segment> segment = segments.find(position);
    if (segment != nullptr) rows.push_back({segment.get(), position, position.next()});
  }
  return rows;
}

}  // namespace

Result<void> RecordReader::find_segment(Position position) {
  std::shared_ptr<log::Segment> segment = log_->segments()->find(position);
  if (segment == nullptr || position < segment->first() || position >= segment->end()) {
    return Error(Errc::corrupt, "no segment holds position " + std::to_string(position.value()) +
                                    ": run es-tool verify on the directory");
  }
  first_ = segment->first();
  end_ = segment->end();
  if (segment != segment_) window_ = window_of(*segment);
  segment_ = std::move(segment);
  return ok();
}

void RecordReader::will_read(std::span<const Position> positions) const {
  if (positions.size() < 2) return;
  const auto segments = log_->segments();  // which the rows refer to
  const auto round = static_cast<std::uint64_t>(log_->clock().monotonic() / kRoundOfAsking);
  const auto in_memory = [&](Position position) {
    const std::shared_ptr<log::Segment> segment = segments->find(position);
    return segment == nullptr || segment->in_memory(position, round);
  };
  // Two tell for all, since asking costs system calls: the oldest, which is the least likely to be in memory, and one in the middle.
  const Position oldest = std::min(positions.front(), positions.back());
  if (in_memory(oldest) && in_memory(positions[positions.size() / 2])) return;
  const std::vector<Row> rows = rows_of(*segments, positions);
  for (const Row& row : rows) row.segment->will_find(row.first, row.end);
  for (const Row& row : rows) row.segment->will_read(row.first, row.end);
}

void RecordReader::ask_ahead(const PositionRange& range, Direction direction) {
  const auto window = window_.reach(steps_to(range.front(direction), direction));
  if (!segment_->sealed()) return;
  const Position least = std::max(range.begin, first_);
  const Position most = std::min(range.end, end_);
  // The boundary between records that so many steps lead to, as far as it is in the segment and the range.
  const auto place_of = [&](std::uint64_t steps) {
    const std::uint64_t inside = std::min(steps, end_.value() - first_.value());
    const Position place =
        direction == Direction::forwards ? first_.plus(inside) : Position(end_.value() - inside);
    return std::clamp(place, least, most);
  };
  const Position begin = place_of(window.begin);
  const Position end = place_of(window.end);
  // Where the records of the next window are must be known when that is asked for: it is twice as long at most.
  const Position find_end = place_of(window.end + 2 * (window.end - window.begin));
  segment_->will_find(std::min(begin, find_end), std::max(begin, find_end));
  segment_->will_read(std::min(begin, end), std::max(begin, end));
}

}  // namespace esker::store
