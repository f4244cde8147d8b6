#pragma once

#include <cstdint>

namespace esker::index {

/// How runs are merged.
struct IndexOptions {
  /// So many runs become one. More: fewer rewrites of each posting; less: fewer runs to look into. With 4, a posting is written once
  /// for every fourfold growth of the log, and there are at most 3 runs of each level. At least 2.
  std::uint64_t merge_fan_out = 4;
  /// Merging writes no faster, and reads about as much. The default is some 5% of what a common SSD writes, so that syncs of the log,
  /// which share the disk, do not wait behind it, and enough for some 300,000 events a second for years on end: an event takes about
  /// 40 bytes of the index and is written some five times. 0: no bound, and a step says when there is more to do at once (tests).
  std::uint64_t merge_bytes_per_second = 64 << 20;
  /// What one step writes, about: a few milliseconds' work, for which a memtable that waits to be flushed has to wait.
  std::uint64_t merge_piece_bytes = 1 << 20;
  /// After so much, what was written is synced. Otherwise the last sync of a large run would wait for gigabytes, and all
  /// syncs of the log with it.
  std::uint64_t merge_sync_bytes = 16 << 20;
};

}  // namespace esker::index
