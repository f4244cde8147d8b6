#include "fuzz/checksums.hpp"

#include <algorithm>

#include "base/byte_order.hpp"
#include "format/record.hpp"
#include "format/segment.hpp"
#include "format/watermark.hpp"
#include "index/run_format.hpp"

namespace esker::fuzz {
namespace {

// Where checksums stand and what they cover; format-spec.md.
constexpr std::size_t kRecordChecksum = 0;
constexpr std::size_t kHeaderSalt = 40;
constexpr std::size_t kRunPagesBegin = 128;
constexpr std::size_t kRunPagesChecksum = 136;
constexpr std::size_t kRunChecksum = 252;

/// The checksum at `at` covers what is from `begin` on.
void seal(std::span<std::byte> bytes, std::size_t at, std::size_t begin) {
  base::store_le(bytes, at, format::crc32c(bytes.subspan(begin)));
}

void seal_segment(std::span<std::byte> bytes) {
  if (bytes.size() < format::kSegmentBytesMin) return;
  seal_segment_header(bytes.first(format::kSegmentHeaderBytes));
  const format::Salt salt(base::load_le<std::uint64_t>(bytes, kHeaderSalt));
  std::size_t at = format::kSegmentHeaderBytes;
  while (const std::size_t record = seal_record(bytes.subspan(at), salt, FileOffset(at)))
    at += record;
  const std::span<std::byte> footer = bytes.last(format::kSegmentFooterBytes);
  if (!base::is_zero(footer)) seal_segment_footer(footer);
}

/// Writes the checksum of each page of `covered` into `table`, as far as there is room.
void seal_pages(std::span<const std::byte> covered, std::span<std::byte> table) {
  const std::size_t pages =
      std::min(table.size() / index::kPageEntryBytes, covered.size() / index::kRunPageBytes);
  for (std::size_t page = 0; page < pages; ++page) {
    const auto bytes = covered.subspan(page * index::kRunPageBytes, index::kRunPageBytes);
    base::store_le(table, page * index::kPageEntryBytes, format::crc32c(bytes));
  }
}

void seal_run(std::span<std::byte> bytes) {
  if (bytes.size() < index::kRunFooterBytes) return;
  const std::span<std::byte> footer = bytes.last(index::kRunFooterBytes);
  const std::span<std::byte> before = bytes.first(bytes.size() - index::kRunFooterBytes);
  const auto pages_begin = base::load_le<std::uint64_t>(footer, kRunPagesBegin);
  if (pages_begin <= before.size()) {
    index::RunFooter places;
    places.pages_begin = pages_begin;
    const std::uint64_t table_bytes = places.table_pages() * index::kRunPageBytes;
    const std::span<std::byte> tables = before.subspan(pages_begin);
    const auto table = tables.first(std::min<std::size_t>(table_bytes, tables.size()));
    const auto checksums = tables.subspan(table.size());
    seal_pages(before.first(pages_begin), table);
    seal_pages(table, checksums);
    base::store_le(footer, kRunPagesChecksum, format::crc32c(checksums));
  }
  base::store_le(footer, kRunChecksum, format::crc32c(footer.first(kRunChecksum)));
}

}  // namespace

std::size_t seal_record(std::span<std::byte> bytes, format::Salt salt, FileOffset offset) {
  if (bytes.size() < format::kRecordHeaderBytes) return 0;
  const auto claim = format::load_claim(bytes.first(format::kRecordHeaderBytes));
  if (!claim || claim->padded_bytes > bytes.size()) return 0;
  const auto covered = bytes.first(claim->padded_bytes).subspan(format::kRecordCheckedBegin);
  base::store_le(bytes, kRecordChecksum,
                 format::crc32c_extend(format::place_seed(salt, offset), covered));
  return claim->padded_bytes;
}

void seal_segment_header(std::span<std::byte> bytes) { seal(bytes, 12, 16); }
void seal_segment_footer(std::span<std::byte> bytes) { seal(bytes, 8, 12); }
void seal_watermark_slot(std::span<std::byte> bytes) { seal(bytes, 12, 16); }

void seal_file(std::string_view name, std::span<std::byte> bytes) {
  if (name.ends_with(".segment")) {
    seal_segment(bytes);
  } else if (name.ends_with(".run")) {
    seal_run(bytes);
  } else if (name == format::kWatermarkFileName && bytes.size() == format::kWatermarkFileBytes) {
    seal_watermark_slot(bytes.first(format::kWatermarkSlotBytes));
    seal_watermark_slot(bytes.subspan(format::kWatermarkSlotBytes));
  }
}

}  // namespace esker::fuzz
