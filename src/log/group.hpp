#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "esker/types.hpp"
#include "format/checksum.hpp"
#include "log/segment.hpp"

namespace esker::log {

/// Encoded commits that are written by one `pwrite` and made durable by one sync: contiguous, in one segment (R1).
///
/// Filled by the sequencer, then immutable; shared, so that the sequencer can still look into a group that is being written.
struct Group {
  std::shared_ptr<Segment> segment;
  FileOffset begin;                    ///< Where in the segment `bytes` goes.
  std::vector<std::byte> bytes;        ///< Whole records, of whole commits.
  Position first;                      ///< The first record's; meaningless while `bytes` is empty.
  std::vector<std::uint32_t> offsets;  ///< Of each record in the segment, in units of 8 bytes.
  Timestamp last_time;

  [[nodiscard]] Position end() const { return first.plus(offsets.size()); }
  [[nodiscard]] FileOffset bytes_end() const { return begin.plus(bytes.size()); }

  /// The record at `position`, which must lie in [first, end); for looking at what is not durable yet.
  [[nodiscard]] format::RecordView record(Position position) const;
};

}  // namespace esker::log
