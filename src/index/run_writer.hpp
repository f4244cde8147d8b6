#pragma once

#include <memory>

#include "esker/result.hpp"
#include "index/memtable.hpp"
#include "index/run.hpp"
#include "io/directory.hpp"

namespace esker::index {

/// Publishes the run of a sealed segment (R8: temporary name, sync, rename, directory sync), in the place of one that may be there,
/// and opens it. The same memtable always gives the same bytes.
///
/// `memtable` holds all of the segment and nothing else, and nothing is added to it any more. Blocks for the disk.
/// Errors: `no_space`, `io_error`, those of `Run::open`. Then either the old run or the new one, whole, is there or will be after
/// a crash; calling again begins anew with another file, so that no failed sync is ever repeated.
Result<std::shared_ptr<Run>> make_run(io::Directory& directory, const Uuid& store,
                                      const SegmentKey& segment, const Memtable& memtable);

}  // namespace esker::index
