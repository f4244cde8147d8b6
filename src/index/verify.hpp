#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "esker/function.hpp"
#include "esker/result.hpp"
#include "index/index.hpp"
#include "io/directory.hpp"

namespace esker::index {

/// Something wrong with a run.
struct RunFault {
  std::string file;    ///< As it should be shown to a person.
  FileOffset offset;   ///< Where in the file; 0 when it is the file as a whole.
  std::string reason;  ///< Without file and offset.
};

struct RunReport {
  bool present =
      false;  ///< False: there is no run file, which is no fault: one is made when the store is opened.
  std::uint64_t bytes = 0;
  std::uint64_t terms = 0;
  std::uint64_t postings = 0;
  std::uint64_t faults = 0;
};

/// Checks the run of a sealed segment wholly: every page against its checksum, then every term and posting against the segment's
/// records, in both directions. Changes nothing. For `es-tool verify`, with the directory locked.
///
/// `on_fault` gets each fault, also those that keep the run from being read any further.
/// Errors: those of `read_segment`, and `io_error` when the run cannot be opened; a damaged run is no error but a fault.
/// Memory: that of the segment's terms, about 60 bytes an event.
Result<RunReport> verify_run(io::Directory& directory, const Uuid& store, const SegmentKey& segment,
                             Index::SegmentReader& read_segment,
                             UniqueFunction<void(const RunFault&)>& on_fault);

struct RebuildReport {
  std::uint64_t removed =
      0;  ///< Run files of no sealed segment, and those that were never published.
  std::uint64_t built = 0;
  std::uint64_t bytes = 0;  ///< Of the new runs.
};

/// Makes all runs again from the log, one segment at a time: each new run takes the place of the old one in one step, so that this may
/// be interrupted and begun again. Run files of no sealed segment are removed; other files are not touched. For
/// `es-tool rebuild-index`, with the directory locked.
///
/// `on_run` is called after each run, with the number of those done.
/// Errors: `no_space`, `io_error`, and those of `read_segment`.
Result<RebuildReport> rebuild_runs(io::Directory& directory, const Uuid& store,
                                   const std::vector<SegmentKey>& sealed,
                                   Index::SegmentReader& read_segment,
                                   UniqueFunction<void(std::uint64_t)>& on_run);

}  // namespace esker::index
