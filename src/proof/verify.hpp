#pragma once

#include <cstdint>
#include <string>

#include "esker/function.hpp"
#include "esker/result.hpp"
#include "esker/uuid.hpp"
#include "io/directory.hpp"
#include "log/set_aside.hpp"
#include "log/verify.hpp"

namespace esker::proof {

/// Who is told what.
struct TreeVerifyCallbacks {
  UniqueFunction<void(const log::Finding&)> on_fault;
  UniqueFunction<void(const log::Finding&)> on_note;
  UniqueFunction<void(std::uint64_t done, std::uint64_t total)> on_progress;  ///< In events; often.
};

struct TreeReport {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  std::uint64_t leaves = 0;   ///< Whose hashes add up.
  std::uint64_t missing = 0;  ///< Files that are made again when the store is opened.
  std::uint64_t faults = 0;
};

/// Checks a store's tree files: their headers, that their hashes add up, and that each is that of the event in the log, where that has not
/// been released. Tells of missing and damaged ones whether they can be made again. Changes nothing. A store without tree files
/// keeps no tree, and that is no fault.
///
/// `directory`  locked by the caller.
/// `log`        what `log::verify_log` has found: its intact records are those that are compared.
/// Errors       `io_error`, `no_space` (descriptors), `not_supported` (a later format).
/// Memory       some 4 MiB.
Result<TreeReport> verify_tree_files(io::Directory& directory, const log::VerifyReport& log,
                                     TreeVerifyCallbacks& callbacks);

struct TreeCutOptions {
  Position last;         ///< The last event of the log that stays.
  bool dry_run = false;  ///< Tell, and change nothing.
};

/// Makes a store's tree files forget what they say of positions behind the log's end, which a repair has cut; opening the store would do
/// the same, but keep nothing. The files are set aside first, as they are. What cannot be read as a tree file is left alone.
///
/// May be stopped at any point and run again.
/// `on_action`  each thing that is done, in one line.
/// Returns      how many that were.
/// Errors       `no_space`, `io_error`.
Result<std::uint64_t> cut_tree_files(io::Directory& directory, const Uuid& store,
                                     const TreeCutOptions& options, log::SetAside& set_aside,
                                     UniqueFunction<void(const std::string&)>& on_action);

}  // namespace esker::proof
