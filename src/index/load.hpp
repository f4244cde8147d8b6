#pragma once

#include <memory>

#include "esker/result.hpp"
#include "index/index.hpp"
#include "index/memtable.hpp"

namespace esker::index {

/// The memtable of a sealed segment, made from its records. Blocks for reading them all.
/// Errors: those of `read_segment`; `corrupt` when it hands out other records than the segment's.
Result<std::shared_ptr<Memtable>> load_memtable(const SegmentKey& segment,
                                                Index::SegmentReader& read_segment);

}  // namespace esker::index
