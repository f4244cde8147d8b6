#pragma once

#include <memory>

#include "esker/result.hpp"
#include "index/index.hpp"
#include "index/memtable.hpp"

namespace esker::index {

/// What a sealed segment's records say.
struct LoadedSegment {
  std::shared_ptr<Memtable> memtable;
  std::vector<bool>
      released;  ///< For each position whether the log does not have all of its event any more; empty when it has all.
};

/// Reads it. Blocks for reading all of the segment.
/// Errors: those of `read_segment`; `corrupt` when it hands out other records than the segment's.
Result<LoadedSegment> load_segment(const SegmentKey& segment, Index::SegmentReader& read_segment);

}  // namespace esker::index
