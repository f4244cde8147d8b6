#include "log/inventory.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "format/tree_file.hpp"
#include "format/watermark.hpp"
#include "log/image_file.hpp"
#include "log/unfinished.hpp"

namespace esker::log {
namespace {

constexpr io::Site kList{"log.list"};
constexpr io::Site kOpen{"log.open_segment"};
constexpr io::Site kReadFooter{"log.read_footer"};

Error damaged(const std::string& path, std::string_view what) {
  return {Errc::corrupt, path + ": " + std::string(what) + ": run es-tool verify"};
}

Error named(const std::string& path, const Error& error) {
  return {error.code(), path + ": " + error.message()};
}

bool is_leftover(std::string_view name) {
  const std::optional<std::string_view> to_be = format::name_to_be(name);
  return to_be && format::parse_segment_file_name(*to_be);
}

void sort_name(const std::string& name, Inventory& inventory,
               std::vector<format::SegmentIds>& files) {
  if (const std::optional<format::SegmentIds> ids = format::parse_segment_file_name(name)) {
    files.push_back(*ids);
  } else if (is_leftover(name)) {
    inventory.leftovers.push_back(name);
  } else if (name.ends_with(kRunSuffix)) {
    inventory.index_runs = true;
  } else if (name != format::kWatermarkFileName && name != kLockName &&
             !format::parse_tree_file_name(name) && !name.starts_with(kSetAsidePrefix) &&
             !format::name_to_be(name)) {
    inventory.unknown.push_back(name);
  }
}

Result<void> read_footer(SegmentFile& segment) {
  std::array<std::byte, format::kSegmentFooterBytes> bytes;
  ESKER_TRY(segment.file->read_at(FileOffset(segment.header.file_bytes - bytes.size()), bytes,
                                  kReadFooter));
  Result<std::optional<format::SegmentFooter>> footer =
      format::parse_segment_footer(bytes, segment.header);
  if (footer) {
    segment.footer = footer.assume_value();
  } else {
    segment.footer_fault = footer.assume_error().message();
  }
  return ok();
}

Result<void> check_ids(const SegmentFile& segment, const format::SegmentIds& ids) {
  if (segment.header.ids() == ids) return ok();
  return damaged(segment.path, "header says that this is " + segment.header.file_name());
}

}  // namespace

Error damaged_at(const std::string& path, FileOffset offset, std::string_view what) {
  return damaged(path + " at offset " + std::to_string(offset.value()), what);
}

Error unreadable_at(const std::string& path, FileOffset offset) {
  return {Errc::io_error, "cannot read " + path + " at offset " + std::to_string(offset.value()) +
                              ": the disk or file system failed, or the file was cut"};
}

Result<SegmentFile> open_segment_file(io::Directory& directory, const format::SegmentIds& ids) {
  ESKER_TRY(OpenedSegmentFile opened,
            open_image(directory, format::segment_file_name(ids), io::OpenMode::read_write, kOpen));
  SegmentFile segment;
  segment.file = std::move(opened.file);
  segment.path = segment.file->name();
  segment.stored_bytes = opened.stored_bytes;
  segment.compressed = opened.compressed;
  if (opened.compressed) {
    segment.header = opened.compressed->segment;
    segment.footer = opened.compressed->footer;
    ESKER_TRY(check_ids(segment, ids));
    return segment;
  }
  if (opened.begin.size() < format::kSegmentHeaderBytes) {
    return damaged(segment.path, "shorter than a segment's header");
  }
  Result<format::SegmentHeader> header = format::parse_segment_header(
      std::span<const std::byte>(opened.begin).first<format::kSegmentHeaderBytes>());
  if (!header) return named(segment.path, header.assume_error());
  segment.header = header.assume_value();
  ESKER_TRY(check_ids(segment, ids));
  if (segment.stored_bytes < segment.header.file_bytes) {
    return damaged(segment.path, "has " + std::to_string(segment.stored_bytes) +
                                     " bytes instead of " +
                                     std::to_string(segment.header.file_bytes));
  }
  ESKER_TRY(read_footer(segment));
  return segment;
}

SegmentFiles sort_segment_files(std::vector<format::SegmentIds> files) {
  const auto width = [](const format::SegmentIds& ids) {
    return ids.last.value() - ids.first.value();
  };
  std::ranges::sort(files, {}, [&](const auto& ids) { return std::pair(width(ids), ids.first); });
  SegmentFiles sorted;
  std::vector<format::SegmentIds>& counting = sorted.counting;  // always by id
  // What a file was made of is narrower, and has been decided about before it.
  for (const format::SegmentIds& ids : files) {
    const auto begin =
        std::ranges::lower_bound(counting, ids.first, {}, &format::SegmentIds::first);
    const auto end = std::find_if_not(begin, counting.end(),
                                      [&](const auto& part) { return ids.contains(part); });
    const std::uint64_t there =
        std::accumulate(begin, end, std::uint64_t{0},
                        [&](std::uint64_t sum, const auto& part) { return sum + width(part) + 1; });
    if (begin != end && there == width(ids) + 1) {
      sorted.superseded.push_back(ids);
      continue;
    }
    sorted.superseded.insert(sorted.superseded.end(), begin, end);
    counting.insert(counting.erase(begin, end), ids);
  }
  return sorted;
}

Result<std::vector<format::SegmentIds>> list_segment_files(io::Directory& directory) {
  ESKER_TRY(const std::vector<std::string> names, directory.list(kList));
  std::vector<format::SegmentIds> named;
  for (const std::string& name : names) {
    if (const auto ids = format::parse_segment_file_name(name)) named.push_back(*ids);
  }
  return sort_segment_files(std::move(named)).counting;
}

Result<Inventory> take_inventory(io::Directory& directory) {
  Inventory inventory;
  ESKER_TRY(const std::vector<std::string> names, directory.list(kList));
  ESKER_TRY(check_finished(names, directory.path()));
  std::vector<format::SegmentIds> named;
  for (const std::string& name : names) sort_name(name, inventory, named);
  const SegmentFiles files = sort_segment_files(std::move(named));
  for (const format::SegmentIds& ids : files.superseded) {
    inventory.leftovers.push_back(format::segment_file_name(ids));
  }
  SegmentId expected(1);
  for (const format::SegmentIds& ids : files.counting) {
    if (ids.first != expected) {
      return damaged(directory.path() + "/" + format::segment_file_name(expected),
                     "segment is missing although there are later ones");
    }
    expected = ids.last.next();
    ESKER_TRY(SegmentFile segment, open_segment_file(directory, ids));
    if (!inventory.segments.empty() &&
        segment.header.store != inventory.segments.front().header.store) {
      return damaged(segment.path, "belongs to another store (" + segment.header.store.to_string() +
                                       ") than the first segment");
    }
    if (segment.footer) segment.file.reset();  // there may be many: not a descriptor each
    inventory.segments.push_back(std::move(segment));
  }
  return inventory;
}

}  // namespace esker::log
