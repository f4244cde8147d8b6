#pragma once

#include <cstdint>

#include "esker/result.hpp"
#include "format/record.hpp"
#include "format/segment.hpp"
#include "io/file.hpp"
#include "log/read_ahead.hpp"

namespace esker::log {

/// What a walk comes upon next.
struct WalkStep {
  enum class Kind : std::uint8_t {
    record,  ///< An intact record in [begin, end).
    gap,     ///< Nothing intact in [begin, end), and an intact record at `end`.
    end,     ///< No intact record from `begin` on.
  };
  Kind kind = Kind::end;
  FileOffset begin;
  FileOffset end;
  /// Why the record at `begin` is not intact; `end_of_log`: there is none.
  format::RecordFault fault = format::RecordFault::none;
  format::RecordView record;  ///< Valid until the next step.
};

/// Goes over all intact records of a segment in order of their places, also behind a bad one. It looks at no more than
/// one record at a time: positions, versions and commits are the caller's to judge.
class RecordWalk {
 public:
  /// `end`  where to stop: at most the file's length. `file` outlives this.
  RecordWalk(io::File& file, const format::SegmentHeader& header, FileOffset end);

  /// Errors: `io_error`; whatever the bytes are, that is no error here.
  Result<WalkStep> next();

 private:
  io::File& file_;
  format::SegmentHeader header_;  // with the walk's end for the file's
  ReadAhead bytes_;
  FileOffset at_;
};

/// One behind the last byte that is not zero in [begin, end); `begin` when there is none. Errors: `io_error`.
Result<FileOffset> end_of_data(io::File& file, FileOffset begin, FileOffset end);

}  // namespace esker::log
