#include "index/merge_policy.hpp"

#include <algorithm>
#include <vector>

#include "base/assert.hpp"
#include "index/run_format.hpp"

namespace esker::index {
namespace {

/// What each candidate counts as.
std::vector<unsigned> levels_of(std::span<const MergeCandidate> candidates, std::uint64_t fan_out) {
  std::vector<unsigned> levels(candidates.size());
  unsigned highest = 0;
  for (std::size_t i = candidates.size(); i-- > 0;) {
    const MergeCandidate& candidate = candidates[i];
    highest = std::max(
        highest,
        run_level(candidate.last_segment.value() - candidate.first_segment.value() + 1, fan_out));
    levels[i] = highest;
  }
  return levels;
}

/// True when these can become one run.
bool fit_together(std::span<const MergeCandidate> runs) {
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (!runs[i].available) return false;
    if (i > 0 && runs[i - 1].last_segment.next() != runs[i].first_segment) return false;
    bytes += runs[i].bytes;
  }
  return runs.back().end.value() - runs.front().first.value() <= kRunPositionsMax &&
         bytes <= kRunBytesMax;
}

}  // namespace

unsigned run_level(std::uint64_t segments, std::uint64_t fan_out) {
  unsigned level = 0;
  for (; segments >= fan_out; segments /= fan_out) ++level;
  return level;
}

std::optional<MergeChoice> choose_merge(std::span<const MergeCandidate> candidates,
                                        std::uint64_t fan_out) {
  ESKER_ASSERT_VALUES(fan_out >= 2, fan_out);
  const std::vector<unsigned> levels = levels_of(candidates, fan_out);
  std::optional<MergeChoice> chosen;
  for (std::size_t begin = 0; begin + fan_out <= candidates.size(); ++begin) {
    const unsigned level = levels[begin];
    // Levels never ascend, so those between are of the same one when the last is.
    if (levels[begin + fan_out - 1] != level) continue;
    if (chosen && chosen->level <= level) continue;
    if (fit_together(candidates.subspan(begin, fan_out))) chosen = {begin, level};
  }
  return chosen;
}

}  // namespace esker::index
