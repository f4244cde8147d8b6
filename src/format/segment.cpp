#include "format/segment.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "base/assert.hpp"
#include "base/byte_order.hpp"
#include "format/record.hpp"

namespace esker::format {
namespace {

constexpr std::string_view kHeaderMagic = "ESKERSEG";
constexpr std::string_view kFooterMagic = "ESKERFTR";

// Offsets in the header; format-spec.md, "Segment header".
constexpr std::size_t kFormat = 8;
constexpr std::size_t kHeaderChecksum = 12;
constexpr std::size_t kHeaderCheckedBegin = 16;
constexpr std::size_t kStore = 16;
constexpr std::size_t kHeaderId = 32;
constexpr std::size_t kHeaderSalt = 40;
constexpr std::size_t kFileBytes = 48;
constexpr std::size_t kCreated = 56;
constexpr std::size_t kIncarnation = 64;
constexpr std::size_t kPartCount = 72;
constexpr std::size_t kParts = 2048;
constexpr std::size_t kPartBytes = 16;
static_assert(kParts + kPartsMax * kPartBytes == kSegmentHeaderBytes);

// Offsets in the footer; format-spec.md, "Segment footer".
constexpr std::size_t kFooterChecksum = 8;
constexpr std::size_t kTableChecksum = 12;
constexpr std::size_t kFooterCheckedBegin = 12;
constexpr std::size_t kFooterId = 16;
constexpr std::size_t kFooterSalt = 24;
constexpr std::size_t kFirst = 32;
constexpr std::size_t kRecords = 40;
constexpr std::size_t kRecordsEnd = 48;
constexpr std::size_t kFirstTime = 56;
constexpr std::size_t kLastTime = 64;
constexpr std::size_t kStored = 72;

bool has_magic(std::span<const std::byte> bytes, std::string_view magic) {
  return as_text(bytes.first(magic.size())) == magic;
}

void put_magic(std::span<std::byte> bytes, std::string_view magic) {
  std::memcpy(bytes.data(), magic.data(), magic.size());
}

Error damaged(std::string what) { return {Errc::corrupt, std::move(what)}; }

void put_parts(std::span<std::byte> out, std::span<const SegmentPart> parts) {
  ESKER_ASSERT(parts.size() <= kPartsMax);
  base::store_le(out, kPartCount, static_cast<std::uint64_t>(parts.size()));
  std::size_t at = kParts;
  for (const SegmentPart& part : parts) {
    base::store_le(out, at, part.salt.value());
    base::store_le(out, at + 8, part.first.value());
    at += kPartBytes;
  }
}

/// Nothing when they cannot be those of a segment.
std::optional<std::vector<SegmentPart>> load_parts(std::span<const std::byte> bytes, SegmentId id) {
  const auto count = base::load_le<std::uint64_t>(bytes, kPartCount);
  if (count == 1 || count > kPartsMax || id.value() + count < count) return std::nullopt;
  std::vector<SegmentPart> parts(count);
  Position before;
  std::size_t at = kParts;
  for (SegmentPart& part : parts) {
    part.salt = Salt(base::load_le<std::uint64_t>(bytes, at));
    part.first = Position(base::load_le<std::uint64_t>(bytes, at + 8));
    if (part.first <= before) return std::nullopt;
    before = part.first;
    at += kPartBytes;
  }
  if (!base::is_zero(bytes.subspan(at))) return std::nullopt;
  return parts;
}

/// Whether the records from `first` to `last` are those of all parts.
bool fit(std::span<const SegmentPart> parts, Position first, Position last) {
  return parts.empty() || (parts.front().first == first && parts.back().first <= last);
}

/// Whether what the footer says can be true of the segment.
bool fits(const SegmentFooter& footer, const SegmentHeader& header) {
  const std::uint64_t records_max =
      (header.file_bytes - kSegmentHeaderBytes - kSegmentFooterBytes) / kOffsetEntryBytes;
  const std::uint64_t stored = footer.stored == 0 ? footer.records : footer.stored;
  if (footer.id != header.id || footer.salt != header.salt) return false;
  if (footer.first == Position() || footer.records == 0 || footer.records > records_max ||
      stored > footer.records ||
      footer.records > std::numeric_limits<std::uint64_t>::max() - footer.first.value()) {
    return false;
  }
  if (!fit(header.parts, footer.first, footer.first.plus(footer.records).previous())) return false;
  const std::uint64_t end = footer.records_end.value();
  return end % kRecordAlignment == 0 && end >= kSegmentHeaderBytes + stored * kRecordHeaderBytes &&
         end <= offset_table_begin(header.file_bytes, footer.records).value() &&
         footer.first_time != Timestamp() && footer.first_time <= footer.last_time;
}

}  // namespace

std::array<std::byte, kSegmentHeaderBytes> encode_segment_header(const SegmentHeader& header) {
  std::array<std::byte, kSegmentHeaderBytes> bytes{};
  const std::span<std::byte> out(bytes);
  put_magic(out, kHeaderMagic);
  base::store_le(out, kFormat, kSegmentFormat);
  std::memcpy(out.data() + kStore, header.store.bytes().data(), Uuid::kBytes);
  base::store_le(out, kHeaderId, header.id.value());
  base::store_le(out, kHeaderSalt, header.salt.value());
  base::store_le(out, kFileBytes, header.file_bytes);
  base::store_le(out, kCreated, header.created.value());
  base::store_le(out, kIncarnation, header.incarnation.value());
  put_parts(out, header.parts);
  base::store_le(out, kHeaderChecksum, crc32c(out.subspan(kHeaderCheckedBegin)));
  return bytes;
}

Result<SegmentHeader> parse_segment_header(std::span<const std::byte, kSegmentHeaderBytes> bytes) {
  if (!has_magic(bytes, kHeaderMagic)) return damaged("not a segment file: wrong magic");
  const auto format = base::load_le<std::uint32_t>(bytes, kFormat);
  if (base::load_le<std::uint32_t>(bytes, kHeaderChecksum) !=
      crc32c(bytes.subspan(kHeaderCheckedBegin))) {
    return damaged("segment header's checksum does not match");
  }
  if (format != kSegmentFormat) {
    return Error(Errc::not_supported, "segment has format " + std::to_string(format) +
                                          ", this build reads format " +
                                          std::to_string(kSegmentFormat));
  }
  SegmentHeader header;
  std::array<std::byte, Uuid::kBytes> store;
  std::memcpy(store.data(), bytes.data() + kStore, store.size());
  header.store = Uuid(store);
  header.id = SegmentId(base::load_le<std::uint64_t>(bytes, kHeaderId));
  header.salt = Salt(base::load_le<std::uint64_t>(bytes, kHeaderSalt));
  header.file_bytes = base::load_le<std::uint64_t>(bytes, kFileBytes);
  header.created = Timestamp(base::load_le<std::uint64_t>(bytes, kCreated));
  header.incarnation = Incarnation(base::load_le<std::uint64_t>(bytes, kIncarnation));
  const bool allowed = !header.store.is_nil() && header.id != SegmentId() &&
                       header.file_bytes >= kSegmentBytesMin &&
                       header.file_bytes <= kSegmentBytesMax && header.file_bytes % 4096 == 0;
  auto parts = load_parts(bytes, header.id);
  if (!allowed || !parts || !base::is_zero(bytes.first(kParts).subspan(kPartCount + 8))) {
    return damaged("segment header has a field that is not allowed");
  }
  header.parts = std::move(*parts);
  return header;
}

std::vector<SegmentKey> keys_of(const SegmentHeader& header, Position first, Position end) {
  if (header.parts.empty()) return {{header.id, header.salt, first, end}};
  std::vector<SegmentKey> keys;
  SegmentId id = header.id;
  for (std::size_t i = 0; i < header.parts.size(); ++i, id = id.next()) {
    const SegmentPart& part = header.parts[i];
    const bool last = i + 1 == header.parts.size();
    keys.push_back({id, part.salt, part.first, last ? end : header.parts[i + 1].first});
  }
  return keys;
}

std::array<std::byte, kSegmentFooterBytes> encode_segment_footer(const SegmentFooter& footer) {
  std::array<std::byte, kSegmentFooterBytes> bytes{};
  const std::span<std::byte> out(bytes);
  put_magic(out, kFooterMagic);
  base::store_le(out, kTableChecksum, footer.table_checksum);
  base::store_le(out, kFooterId, footer.id.value());
  base::store_le(out, kFooterSalt, footer.salt.value());
  base::store_le(out, kFirst, footer.first.value());
  base::store_le(out, kRecords, footer.records);
  base::store_le(out, kRecordsEnd, footer.records_end.value());
  base::store_le(out, kFirstTime, footer.first_time.value());
  base::store_le(out, kLastTime, footer.last_time.value());
  base::store_le(out, kStored, footer.stored);
  base::store_le(out, kFooterChecksum, crc32c(out.subspan(kFooterCheckedBegin)));
  return bytes;
}

Result<std::optional<SegmentFooter>> parse_segment_footer(
    std::span<const std::byte, kSegmentFooterBytes> bytes, const SegmentHeader& header) {
  if (base::is_zero(bytes)) return std::optional<SegmentFooter>();
  if (!has_magic(bytes, kFooterMagic)) return damaged("segment footer has the wrong magic");
  if (base::load_le<std::uint32_t>(bytes, kFooterChecksum) !=
      crc32c(bytes.subspan(kFooterCheckedBegin))) {
    return damaged("segment footer's checksum does not match");
  }
  SegmentFooter footer;
  footer.table_checksum = base::load_le<std::uint32_t>(bytes, kTableChecksum);
  footer.id = SegmentId(base::load_le<std::uint64_t>(bytes, kFooterId));
  footer.salt = Salt(base::load_le<std::uint64_t>(bytes, kFooterSalt));
  footer.first = Position(base::load_le<std::uint64_t>(bytes, kFirst));
  footer.records = base::load_le<std::uint64_t>(bytes, kRecords);
  footer.records_end = FileOffset(base::load_le<std::uint64_t>(bytes, kRecordsEnd));
  footer.first_time = Timestamp(base::load_le<std::uint64_t>(bytes, kFirstTime));
  footer.last_time = Timestamp(base::load_le<std::uint64_t>(bytes, kLastTime));
  footer.stored = base::load_le<std::uint64_t>(bytes, kStored);
  if (!fits(footer, header) || !base::is_zero(bytes.subspan(kStored + 8))) {
    return damaged("segment footer does not fit its segment");
  }
  return std::optional(footer);
}

FileOffset offset_table_begin(std::uint64_t file_bytes, std::uint64_t records) {
  const std::uint64_t begin = file_bytes - kSegmentFooterBytes - records * kOffsetEntryBytes;
  return FileOffset(begin & ~std::uint64_t{kRecordAlignment - 1});
}

std::vector<std::byte> encode_offset_table(std::uint64_t file_bytes,
                                           std::span<const std::uint32_t> offsets) {
  const FileOffset begin = offset_table_begin(file_bytes, offsets.size());
  std::vector<std::byte> table(file_bytes - kSegmentFooterBytes - begin.value());
  std::size_t at = 0;
  for (const std::uint32_t offset : offsets) {
    base::store_le(table, at, offset);
    at += kOffsetEntryBytes;
  }
  return table;
}

}  // namespace esker::format
