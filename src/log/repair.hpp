#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "esker/function.hpp"
#include "esker/result.hpp"
#include "io/directory.hpp"
#include "log/verify.hpp"

namespace esker::log {

struct RepairOptions {
  /// Accept that what is behind the first loss is taken out of the log (and set aside). Without it only what loses nothing is done.
  bool cut = false;
  bool dry_run = false;  ///< Tell, and change nothing.
};

struct RepairCallbacks {
  VerifyCallbacks verify;  ///< What is wrong before anything is done.
  /// Each thing that has been done, or with `dry_run` would be, in one line.
  UniqueFunction<void(const std::string&)> on_action;
  /// Makes the directory that takes what is cut; called once, and only when it is needed. What it returns must be durable.
  UniqueFunction<Result<std::unique_ptr<io::Directory>>()> make_set_aside;
};

struct RepairReport {
  VerifyReport found;         ///< Before the repair.
  std::uint64_t actions = 0;  ///< Done, or with `dry_run` to be done.
  bool needs_cut =
      false;  ///< Events are lost, and nothing was done about it since `cut` was not given.
  bool cut = false;
  Position last;  ///< The last event of the log that stays.
};

/// Mends a damaged log, so that it can be opened again, and never destroys anything: what it takes out of a file is copied into the
/// set-aside directory and synced first. A file that another store shares by a hard link is copied before it is changed.
///
/// Without `cut`: leftovers are removed, offset tables and footers are made again from the records, what should be zero is zeroed, a file
/// that is too short is grown, and a missing or damaged watermark is written anew.
/// With `cut`, when events are lost: the log ends at the last whole commit before the first loss; what is behind, intact or not, is set
/// aside. The fresh watermark then says where the log ends.
///
/// May be stopped at any point and run again: the store then either opens with the same events as after a finished repair, or is still
/// reported as damaged.
/// `directory`  locked by the caller.
/// Errors       those of `verify_log`; `corrupt` when nothing would be left of the log; `no_space`, `io_error`.
Result<RepairReport> repair_log(io::Directory& directory, const RepairOptions& options,
                                RepairCallbacks& callbacks);

}  // namespace esker::log
