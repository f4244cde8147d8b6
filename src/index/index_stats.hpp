#pragma once

#include <cstdint>
#include <vector>

#include "index/source.hpp"

namespace esker::index {

struct IndexStats {
  std::uint64_t runs = 0;
  std::vector<std::uint64_t> runs_of_level;  ///< By level: the logarithm of the number of segments.
  std::uint64_t run_bytes = 0;
  std::uint64_t filter_bytes = 0;  ///< Of `run_bytes`.
  std::uint64_t run_terms =
      0;  ///< Counted in each run: `filter_bytes` by it is what a term has of the filter.
  std::uint64_t memtable_bytes = 0;
  std::uint64_t runs_rebuilt = 0;  ///< Since the store was opened, opening included.
  std::uint64_t work_waiting =
      0;  ///< Memtables that could be runs, and damaged runs: what `background_step` has to do first.
  std::uint64_t merges_waiting = 0;  ///< To be done now, those under way included.
  std::uint64_t merged_bytes =
      0;  ///< Tables read and runs written by merging since the store was opened.
  std::uint64_t merge_bytes_per_second = 0;  ///< The bound; 0: none.
};

/// What can be seen of the sources; the rest is as it is by default.
IndexStats stats_of(const Sources& sources, std::uint64_t fan_out);

/// Adds a run to what is counted of runs.
void count_run(IndexStats& stats, const RunFooter& footer, std::uint64_t fan_out);

}  // namespace esker::index
