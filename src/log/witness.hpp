#pragma once

#include <optional>

#include "esker/result.hpp"
#include "format/segment.hpp"
#include "io/file.hpp"

namespace esker::log {

/// R5 (a): what proves that a record was durable which is not there any more.
struct Witness {
  FileOffset offset;  ///< Of the record that says so.
  Position position;  ///< Its position.
  Position durable;   ///< How far it says that the log was durable when it was written.
};

/// Looks for a record at or behind `from`, at every 8 bytes, that says that the log had been durable up to `position` or further.
/// Nothing when there is none: what is bad at `from` is a torn tail as far as this segment knows.
/// Takes time in proportion to what is behind `from`, whatever the bytes are: events may have been made up to look like records.
/// Errors: `io_error`.
Result<std::optional<Witness>> find_witness(io::File& file, const format::SegmentHeader& header,
                                            FileOffset from, Position position);

}  // namespace esker::log
