#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "esker/result.hpp"
#include "io/file.hpp"
#include "log/record_walk.hpp"
#include "log/verify.hpp"
#include "log/version_check.hpp"

namespace esker::log {

/// What verification carries from one segment to the next.
struct LogSoFar {
  Position next{1};    ///< The next record's position; 0: not known, since records are missing.
  Timestamp time;      ///< The last record's.
  Position durable;    ///< The furthest that a record says the log had been durable.
  Position watermark;  ///< What the watermark says that had been durable; 0: nothing.
  VersionCheck versions;
  SegmentVerdict* previous = nullptr;  ///< The segment before; null: none, or it cannot be read.

  void gap() {
    next = Position();
    versions.gap();
  }
};

/// Verifies one segment that can be read: its records, what they say about those before, and what is behind them.
class SegmentCheck {
 public:
  /// Everything is borrowed. `proven`: a footer or a later segment shows that all the segment's records had been durable.
  SegmentCheck(io::File& file, SegmentVerdict& verdict, LogSoFar& log, VerifyReport& report,
               VerifyCallbacks& callbacks, bool proven);

  /// Errors: `io_error`, `corrupt` when the file became shorter; what was found until then has been told.
  Result<void> run();

  /// Called with the offset that has been reached.
  void on_offset(UniqueFunction<void(FileOffset)> callback) { on_offset_ = std::move(callback); }

 private:
  Result<void> check_records();
  void check_place(const WalkStep& step);
  void take(const WalkStep& step);
  void take_commit_end(const WalkStep& step);
  Result<bool> was_durable(FileOffset from);
  Result<void> check_end();
  Result<void> check_seal();
  Result<void> check_table(const format::SegmentFooter& footer);
  Result<void> check_zeros(FileOffset begin, FileOffset end);
  void check_footer(const format::SegmentFooter& footer);
  Result<void> note_torn();
  void fault(FileOffset offset, std::string reason);
  void lose(FileOffset offset, std::string reason);
  void damage_tail(FileOffset offset, std::string reason);

  io::File& file_;
  SegmentVerdict& verdict_;
  LogSoFar& log_;
  VerifyReport& report_;
  VerifyCallbacks& callbacks_;
  const bool proven_;
  UniqueFunction<void(FileOffset)> on_offset_ = [](FileOffset) {};

  WalkStep last_step_;                // where the walk ended, and why
  std::uint64_t pending_ = 0;         // positions of intact records since the last commit end
  std::uint64_t pending_events_ = 0;  // of which are events, and not released
  std::uint64_t seen_ = 0;            // positions of intact records
  std::uint64_t stored_ = 0;          // intact records
  Timestamp first_time_;
  Timestamp last_time_;
  std::uint32_t table_checksum_ = 0;  // of the table that the records call for
};

}  // namespace esker::log
