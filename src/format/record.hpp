#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "esker/event.hpp"
#include "esker/result.hpp"
#include "format/checksum.hpp"

namespace esker::format {

inline constexpr std::size_t kRecordHeaderBytes = 64;
inline constexpr std::size_t kRecordAlignment = 8;

/// The record's bits. All others must be zero.
inline constexpr std::uint16_t kCommitEnd = 1;
inline constexpr std::uint16_t kReleased = 2;

/// An event as a record, in views into the bytes it was parsed from; or, in a compacted segment, what is left of released ones: a *gap*,
/// which stands for one or more positions in a row and has neither stream nor type, or a *remnant*, a stream's last event without tags,
/// data and metadata.
struct RecordView {
  std::uint32_t length = 0;  ///< Bytes without padding.
  Position position;
  Version version;
  Timestamp time;
  EventId id;
  Position
      durable;  ///< How far the log was known to be durable when this was written; 0: not known.
  bool commit_end = false;
  bool released = false;        ///< A gap or a remnant.
  std::uint64_t positions = 1;  ///< From `position` on; more than one only in a gap.
  std::string_view stream;
  std::string_view type;
  TagsView tags;
  std::span<const std::byte> data;
  std::span<const std::byte> metadata;

  /// Bytes with padding: the distance to the next record.
  [[nodiscard]] std::size_t padded_bytes() const;
  [[nodiscard]] EventView event() const;

  [[nodiscard]] bool gap() const { return stream.empty(); }
  /// One behind the last position that it stands for.
  [[nodiscard]] Position end() const { return position.plus(positions); }
};

/// The bytes that an event takes as a record, padding included. The caller has checked the fields' limits.
std::size_t record_bytes(std::string_view stream, const NewEvent& event);

/// What the sequencer adds to an event.
struct RecordStamp {
  Position position;
  Version version;
  Timestamp time;
  Position durable;
  bool commit_end = false;
};

/// Writes a record, padding and checksum included, to the first `record_bytes(stream, event)` bytes of `into`.
/// `offset` is where in the segment it will stand. The fields have been checked against format-spec.md's limits.
void encode_record(std::span<std::byte> into, Salt salt, FileOffset offset, std::string_view stream,
                   const NewEvent& event, const RecordStamp& stamp);

/// What a gap says. Its version is 0, its id nil.
struct Gap {
  Position first;
  std::uint64_t positions = 0;  ///< At least 1.
  Timestamp time;               ///< The last one's.
  bool commit_end = false;      ///< The last one's.
};

/// Writes a gap to the first `kRecordHeaderBytes` bytes of `into`.
void encode_gap(std::span<std::byte> into, Salt salt, FileOffset offset, const Gap& gap);

/// Makes a whole record, padding included, one of another place.
void place_record(std::span<std::byte> record, Salt salt, FileOffset offset);

/// The bytes that a record takes as a remnant, padding included.
std::size_t remnant_bytes(const RecordView& record);

/// Writes the remnant of `record` to the first `remnant_bytes(record)` bytes of `into`.
void encode_remnant(std::span<std::byte> into, Salt salt, FileOffset offset,
                    const RecordView& record);

/// Reads the record at `offset` of a segment and checks it.
///
/// `bytes`   the segment from `offset` to its durable end; may be mapped memory.
/// `offset`  a multiple of 8; part of the checksum, so that a misplaced block never passes.
/// Returns   a view into `bytes`, valid as long as they are. Nothing is copied or allocated.
/// Errors    by `RecordFault`, below. Never reads past `bytes`, whatever they contain.
/// Threads   any; does not block (a mapped page may have to be read from disk).
/// Source    format-spec.md, "Record".
enum class RecordFault : std::uint8_t {
  none,
  end_of_log,  ///< The header is all zero: no record was ever written here.
  too_short,   ///< The bytes end before the record does.
  bad_length,  ///< The lengths disagree with each other or with the limits.
  bad_checksum,
  bad_field,  ///< Checksum right, but a reserved bit, padding byte or number is not allowed.
};

struct ParsedRecord {
  RecordFault fault = RecordFault::none;
  RecordView record;  ///< Set when `fault` is `none`.
};

ParsedRecord parse_record(std::span<const std::byte> bytes, Salt salt, FileOffset offset);

/// What a record's header says of the whole, for who does not have all of it at hand. Nothing of it is checked.
struct RecordClaim {
  std::uint64_t padded_bytes;
  std::uint32_t checksum;  ///< Of [kRecordCheckedBegin, padded_bytes), going on from `place_seed`.
};

inline constexpr std::size_t kRecordCheckedBegin = 4;

/// Reads it from the first `kRecordHeaderBytes` bytes of a record. Nothing when its lengths disagree, or all is zero.
std::optional<RecordClaim> load_claim(std::span<const std::byte> header);

/// What to call a fault in a message: "checksum does not match" and the like.
std::string_view describe(RecordFault fault);

}  // namespace esker::format
