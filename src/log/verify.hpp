#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "esker/function.hpp"
#include "esker/result.hpp"
#include "io/directory.hpp"
#include "log/survey.hpp"

namespace esker::log {

/// What verification found out about one segment.
struct SegmentVerdict {
  SurveyedSegment file;
  bool begun = false;   ///< It has intact records, or a later segment has.
  bool sealed = false;  ///< It has a valid footer.

  /// Its records from the first on, up to the last whole commit before anything that is wrong: what `es-tool repair` can keep.
  Position first;
  std::uint64_t records = 0;
  FileOffset records_end;
  Timestamp last_time;

  bool lost =
      false;  ///< Durable records are damaged or missing, from `records_end` on or in the whole segment.
  bool tail_damaged =
      false;  ///< What is behind the records is damaged: table, footer, length, or what should be zero.

  [[nodiscard]] Position end() const { return first.plus(records); }
  [[nodiscard]] Position last() const { return end().previous(); }
};

/// What verification found out about a log.
struct VerifyReport {
  Uuid store;
  Incarnation incarnation;  ///< The highest that is told of.
  std::vector<SegmentVerdict> segments;
  std::optional<format::Watermark> watermark;
  bool watermark_there = false;
  bool watermark_damaged = false;  ///< Missing, unreadable, or of another store.
  std::vector<std::string> leftovers;
  std::vector<std::string> superseded;
  std::vector<std::string> runs;

  std::uint64_t bytes = 0;   ///< Read.
  std::uint64_t events = 0;  ///< Intact, in whole commits.
  std::uint64_t commits = 0;
  std::uint64_t streams = 0;
  std::uint64_t torn_bytes =
      0;          ///< What opening the store will cut from the log's end: never acknowledged.
  Position last;  ///< The last intact event's.
  Timestamp last_time;
  std::uint64_t faults = 0;
};

/// Who is told what.
struct VerifyCallbacks {
  UniqueFunction<void(const Finding&)> on_fault;
  UniqueFunction<void(const Finding&)>
      on_note;  ///< What is worth knowing and no damage, such as a torn tail.
  UniqueFunction<void(std::uint64_t done, std::uint64_t total)> on_progress;  ///< In bytes; often.
};

/// Reads a log wholly and checks everything that can be checked: each segment's header, each record's checksum, place, position, version in
/// its stream, time and commit, footers and offset tables, what lies between, the watermark, and that segments that have not
/// been begun are empty. Goes on after a fault. Changes nothing.
///
/// Torn tail or corruption is told apart as recovery does (R5, see `plan_recovery`): damage that nothing proves to have
/// been durable is a note.
///
/// `directory`  locked by the caller.
/// Errors       `not_found` (no store), `not_supported` (a later format), `no_space` (descriptors), `io_error` of a call that reads no
///              segment. A segment that cannot be read is a fault.
/// Memory       a few MiB, and about 40 bytes a stream.
Result<VerifyReport> verify_log(io::Directory& directory, VerifyCallbacks& callbacks);

}  // namespace esker::log
