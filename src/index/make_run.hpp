#pragma once

#include <memory>

#include "esker/result.hpp"
#include "index/memtable.hpp"
#include "index/run.hpp"
#include "io/directory.hpp"

namespace esker::index {

/// Publishes the run of one sealed segment, in the place of one that may be there, and opens it.
///
/// `memtable` holds all of the segment and nothing else, and nothing is added to it any more. Blocks for the disk. Memory: 40 bytes
/// a term, since the terms are sorted to be counted before the first is written.
/// Errors: as `RunWriter::publish`; calling again begins anew.
Result<std::shared_ptr<Run>> make_run(io::Directory& directory, const Uuid& store,
                                      const SegmentKey& segment, const Memtable& memtable);

}  // namespace esker::index
