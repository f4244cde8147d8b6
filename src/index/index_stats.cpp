#include "index/index_stats.hpp"

#include <algorithm>

#include "index/merge_policy.hpp"
#include "index/merger.hpp"

namespace esker::index {

IndexStats stats_of(const Sources& sources, std::uint64_t fan_out) {
  IndexStats stats;
  std::vector<const Run*> damaged;
  for (const Source& source : sources) {
    if (source.run == nullptr) {
      stats.memtable_bytes += source.memtable->memory_bytes();
      if (source.unflushed()) ++stats.work_waiting;
      continue;
    }
    if (source.damaged()) {
      ++stats.work_waiting;
      // Several sources may share it.
      if (std::ranges::find(damaged, source.run.get()) != damaged.end()) continue;
      damaged.push_back(source.run.get());
    }
    count_run(stats, source.run->footer(), fan_out);
  }
  stats.merges_waiting = count_merges(sources, fan_out);
  return stats;
}

void count_run(IndexStats& stats, const RunFooter& footer, std::uint64_t fan_out) {
  const unsigned level = run_level(footer.key.segments(), fan_out);
  if (stats.runs_of_level.size() <= level) stats.runs_of_level.resize(level + 1);
  ++stats.runs_of_level[level];
  ++stats.runs;
  stats.run_bytes += footer.file_bytes;
  stats.filter_bytes += footer.filter_blocks * kFilterBlockBytes;
  stats.run_terms += footer.terms;
}

}  // namespace esker::index
