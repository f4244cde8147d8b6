#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "esker/result.hpp"
#include "esker/uuid.hpp"
#include "format/checksum.hpp"
#include "format/segment_ids.hpp"

namespace esker::format {

inline constexpr std::uint32_t kSegmentFormat = 1;
inline constexpr std::size_t kSegmentHeaderBytes = 4096;
inline constexpr std::size_t kSegmentFooterBytes = 512;
/// An entry of the offset table: a record's offset in units of `kRecordAlignment`.
inline constexpr std::size_t kOffsetEntryBytes = 4;
inline constexpr std::uint64_t kSegmentBytesMin = 64ULL << 10;
inline constexpr std::uint64_t kSegmentBytesMax = 16ULL << 30;

/// How many segments one can stand for: their parts fill half of the header.
inline constexpr std::size_t kPartsMax = 128;

/// What is left in a merged segment of one of those that it was made of.
struct SegmentPart {
  Salt salt;       ///< That one's own: index files name it.
  Position first;  ///< Its first position.

  friend bool operator==(const SegmentPart&, const SegmentPart&) = default;
};

/// A segment file's first 4096 bytes. Written once, before the file gets its name.
struct SegmentHeader {
  Uuid store;
  SegmentId id;
  Salt salt;
  std::uint64_t file_bytes = 0;  ///< The file's length from birth on; a shorter file is damaged.
  Timestamp created;
  Incarnation incarnation;  ///< The open that made it.
  /// Of a merged segment: two or more, one for each id from `id` on. Empty: it is not merged.
  std::vector<SegmentPart> parts{};

  /// The segments that it stands for, mostly itself alone. They are in its file's name.
  [[nodiscard]] SegmentIds ids() const {
    return parts.empty() ? SegmentIds(id) : SegmentIds(id, id.plus(parts.size() - 1));
  }
  [[nodiscard]] std::string file_name() const { return segment_file_name(ids()); }
};

/// A sealed segment as files that are derived of it name it. What is part of a merged one keeps its key.
struct SegmentKey {
  SegmentId id;
  Salt salt;
  Position first;
  Position end;  ///< One behind the last record's.

  friend bool operator==(const SegmentKey&, const SegmentKey&) = default;
};

/// The keys of the segments that one with this header stands for, whose records are those of [first, end).
std::vector<SegmentKey> keys_of(const SegmentHeader& header, Position first, Position end);

/// A sealed segment's last 512 bytes. Written after all records are durable, so a valid one proves that they were.
struct SegmentFooter {
  SegmentId id;
  Salt salt;
  Position first;  ///< The first record's.
  std::uint64_t records =
      0;  ///< Positions that the records stand for, which have no gaps; at least one.
  std::uint64_t stored =
      0;  ///< Of a compacted segment: how many records it has. 0: it is not compacted.
  FileOffset records_end;  ///< Behind the last record's padding.
  Timestamp first_time;
  Timestamp last_time;
  std::uint32_t table_checksum =
      0;  ///< CRC-32C of the offset table, which ends where the footer begins.
};

std::array<std::byte, kSegmentHeaderBytes> encode_segment_header(const SegmentHeader& header);

/// Errors: `corrupt` with a message that says what is wrong but names no file; `not_supported` for a later format.
/// Source: format-spec.md, "Segment header".
Result<SegmentHeader> parse_segment_header(std::span<const std::byte, kSegmentHeaderBytes> bytes);

std::array<std::byte, kSegmentFooterBytes> encode_segment_footer(const SegmentFooter& footer);

/// Nothing when the bytes are all zero: the segment is not sealed. Errors: `corrupt`, for anything else that is not a valid footer of
/// the segment that `header` describes (id, salt, ranges within the file). Source: format-spec.md, "Segment footer".
Result<std::optional<SegmentFooter>> parse_segment_footer(
    std::span<const std::byte, kSegmentFooterBytes> bytes, const SegmentHeader& header);

/// Where the offset table of a sealed segment begins: just before the footer, `records` entries, rounded down to 8 bytes.
FileOffset offset_table_begin(std::uint64_t file_bytes, std::uint64_t records);

/// The offset table of a segment of `file_bytes` bytes, from its begin to the footer: `offsets` are in units of `kRecordAlignment`, one for
/// each position. Source: format-spec.md, "Offset table".
std::vector<std::byte> encode_offset_table(std::uint64_t file_bytes,
                                           std::span<const std::uint32_t> offsets);

}  // namespace esker::format
