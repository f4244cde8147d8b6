#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "esker/function.hpp"
#include "esker/result.hpp"
#include "format/record.hpp"
#include "format/segment.hpp"
#include "io/file.hpp"
#include "log/inventory.hpp"
#include "log/read_ahead.hpp"

namespace esker::log {

/// Where a segment's records end, and why there.
struct SegmentScan {
  std::vector<std::uint32_t>
      offsets;               ///< For each position the good record's, in units of 8 bytes.
  std::uint64_t stored = 0;  ///< Good records; less than positions in a compacted segment.
  Position first;            ///< Of the first record; the expected one when there is none.
  FileOffset end;            ///< Behind the last good record: where the bad one begins.
  Position next;             ///< The position that the bad one should have.
  Timestamp time;            ///< Of the last good record; 0: none.

  std::uint64_t committed = 0;  ///< Positions up to the last commit end.
  FileOffset committed_end;     ///< Behind that one.
  Timestamp committed_time;

  Position durable;  ///< The furthest that a good record says the log had been durable.

  /// Why the scan ended. `none`: a record there is intact but has another position than `next`.
  format::RecordFault fault = format::RecordFault::end_of_log;

  [[nodiscard]] Position committed_last() const { return first.plus(committed).previous(); }
};

/// What a scan hands out: each good record and where it begins. The view is valid during the call.
using OnRecord = UniqueFunction<void(const format::RecordView&, FileOffset)>;

/// Reads the records of a segment from its first on, as far as they are intact and have positions in a row.
///
/// `expected`  the first record's position; 0: whatever it says.
/// `limit`     how many positions at most; what is behind is not looked at.
/// Errors      `io_error`; whatever the bytes are, that is no error here.
Result<SegmentScan> scan_segment(io::File& file, const format::SegmentHeader& header,
                                 Position expected, std::uint64_t limit, OnRecord& on_record);

/// The position of a segment's first record; 0 when there is none. Errors: `io_error`.
Result<Position> first_position(const SegmentFile& segment);

/// The record at `offset`, wherever in `bytes`' piece it ends. Errors: `io_error`; a bad record is not one.
Result<format::ParsedRecord> parse_record_at(ReadAhead& bytes, format::Salt salt,
                                             FileOffset offset);

}  // namespace esker::log
