#pragma once

#include <cstdint>
#include <vector>

#include "esker/result.hpp"
#include "index/segment_key.hpp"
#include "io/directory.hpp"

namespace esker::index {

/// Removes the run files of no sealed segment, and those that were never published; what other files there are is not touched.
/// Not made durable: what comes back after a crash is removed again. Returns how many. Errors: `io_error`.
Result<std::uint64_t> remove_obsolete_runs(io::Directory& directory,
                                           const std::vector<SegmentKey>& sealed);

}  // namespace esker::index
