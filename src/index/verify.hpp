#pragma once

#include <cstdint>
#include <span>
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

/// Checks the run of these sealed segments, consecutive ones, wholly: every page against its checksum, then every term and posting
/// against the segments' records, in both directions. Changes nothing. For `es-tool verify`, with the directory locked.
///
/// `on_fault` gets each fault, also those that keep the run from being read any further.
/// Errors: those of `read_segment`, and `io_error` when the run cannot be opened; a damaged run is no error but a fault.
/// Memory: that of one segment's terms, about 60 bytes an event, however many segments the run covers.
Result<RunReport> verify_run(io::Directory& directory, const Uuid& store,
                             std::span<const SegmentKey> segments,
                             Index::SegmentReader& read_segment,
                             UniqueFunction<void(const RunFault&)>& on_fault);

struct RebuildReport {
  std::uint64_t removed =
      0;  ///< Run files of no sealed segment, and those that were never published.
  std::uint64_t built = 0;
  std::uint64_t bytes = 0;  ///< Of the new runs.
};

/// Makes all runs again from the log, one for each segment: each new run takes the place of the old one of that segment in one step.
/// Then runs of several segments are removed, and those of no sealed segment; other files are not touched. So this may be
/// interrupted and begun again: until its end the runs of several segments still count. The runs are not merged here, since the store
/// does that in the background when it is open next, at a rate that disturbs nobody; and who rebuilds an index waits for it.
/// For `es-tool rebuild-index`, with the directory locked.
///
/// `on_run` is called after each run, with the number of those done.
/// Errors: `no_space`, `io_error`, and those of `read_segment`.
Result<RebuildReport> rebuild_runs(io::Directory& directory, const Uuid& store,
                                   const std::vector<SegmentKey>& sealed,
                                   Index::SegmentReader& read_segment,
                                   UniqueFunction<void(std::uint64_t)>& on_run);

}  // namespace esker::index
