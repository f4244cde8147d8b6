#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "esker/result.hpp"
#include "index/run.hpp"
#include "index/run_format.hpp"
#include "index/segment_key.hpp"
#include "io/directory.hpp"

namespace esker::index {

/// The keys of the segments `first` to `last`; nothing when not all of them are among `sealed`, which is in the order of ids.
std::optional<std::span<const SegmentKey>> find_segments(std::span<const SegmentKey> sealed,
                                                         SegmentId first, SegmentId last);

/// Which run files there are, by their names alone. (A file's content may still show that it does not fit.)
struct RunFiles {
  std::vector<RunFileName>
      usable;  ///< Of sealed segments only; those that count before others come first.
  std::vector<std::string> obsolete;  ///< Of no sealed segment, or never published.
};
RunFiles sort_run_files(const std::vector<std::string>& names, std::span<const SegmentKey> sealed);

/// Removes the run files of no sealed segment, and those that were never published; what other files there are is not touched.
/// Not made durable: what comes back after a crash is removed again. Returns what there was. Errors: `io_error`.
Result<RunFiles> remove_obsolete_runs(io::Directory& directory, std::span<const SegmentKey> sealed);

/// Opens the runs that count (format-spec.md, "Run"), and returns them in the order of their segments. A segment without one is left
/// out; a run that covers several and does not fit, and one whose segment is covered by one that counts, is removed (R8: after a
/// directory sync, because the name of what covers it may not be durable yet). Errors: `no_space`, `io_error`.
Result<std::vector<std::shared_ptr<Run>>> open_runs(io::Directory& directory, const Uuid& store,
                                                    std::span<const SegmentKey> sealed);

/// Makes the names of runs durable as they are now. Errors: `io_error`, `no_space`.
Result<void> sync_run_names(io::Directory& directory);

/// Removes a run file that something else has replaced durably. Errors: `io_error`; then the next open does it.
Result<void> remove_run(io::Directory& directory, const std::string& name);

}  // namespace esker::index
