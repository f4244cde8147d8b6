#include "index/merger.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"

namespace esker::index {
namespace {

/// How soon a merge that failed is begun anew. Space does not come back in an instant, and there is no hurry.
constexpr std::chrono::nanoseconds kRetry = std::chrono::seconds(2);

bool is_input(const Merge& merge, const Source& source) {
  return std::ranges::any_of(merge.inputs(),
                             [&](const Source& input) { return input.run == source.run; });
}

}  // namespace

Merger::Merger(io::Directory& directory, io::Clock& clock, const Uuid& store,
               const IndexOptions& options)
    : directory_(directory), clock_(clock), store_(store), options_(options) {}

std::optional<MergeChoice> Merger::choose(const Sources& sources) const {
  std::vector<MergeCandidate> candidates = merge_candidates(sources);
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const bool taken = std::ranges::any_of(
        merges_, [&](const auto& merge) { return is_input(*merge, sources[i]); });
    if (taken) candidates[i].available = false;
  }
  return choose_merge(candidates, options_.merge_fan_out);
}

std::optional<std::chrono::nanoseconds> Merger::due(const Sources& sources) const {
  if (merges_.empty() && !choose(sources)) return std::nullopt;
  return next_piece_;
}

bool Merger::is_due(const Sources& sources) const {
  const auto at = due(sources);
  return at && *at <= clock_.monotonic();
}

Result<std::optional<MergedRuns>> Merger::step(const Sources& sources) {
  abandon_damaged();
  take_up(sources);
  if (merges_.empty()) return std::optional<MergedRuns>();
  // Taken out meanwhile: one that is left by an exception (memory) in the middle of its work must not be gone on with.
  std::unique_ptr<Merge> merge = std::move(merges_.back());
  merges_.pop_back();
  const std::uint64_t before = merge->bytes();
  auto run = merge->step();
  const std::uint64_t bytes = merge->bytes() - before;
  merged_bytes_.fetch_add(bytes, std::memory_order_relaxed);
  if (!run) {
    merge->abandon();
    next_piece_ = clock_.monotonic() + kRetry;
    return std::move(run).error();
  }
  if (options_.merge_bytes_per_second > 0) {
    // Counted from the end of the piece: on a slow disk, too, merging leaves room for others.
    next_piece_ = clock_.monotonic() + io::time_for(bytes, options_.merge_bytes_per_second);
  }
  if (run.value() == nullptr) {
    merges_.push_back(std::move(merge));
    return std::optional<MergedRuns>();
  }
  const std::vector<SegmentKey> segments = segments_of(merge->inputs());
  return std::optional(MergedRuns{merge->inputs(),
                                  {segments.front().id, segments.front().first, nullptr,
                                   std::move(run).value(), keep_segments(segments)}});
}

void Merger::take_up(const Sources& sources) {
  const auto choice = choose(sources);
  if (!choice || (!merges_.empty() && choice->level >= merges_.back()->level())) return;
  const auto begin = sources.begin() + static_cast<std::ptrdiff_t>(choice->begin);
  const auto end = begin + static_cast<std::ptrdiff_t>(options_.merge_fan_out);
  merges_.push_back(
      std::make_unique<Merge>(directory_, store_, Sources(begin, end), choice->level, options_));
}

/// Runs that were found damaged are made again by others; what was begun with them is of no use.
void Merger::abandon_damaged() {
  for (const auto& merge : merges_) {
    if (merge->damaged()) merge->abandon();
  }
  std::erase_if(merges_, [](const auto& merge) { return merge->damaged(); });
}

std::vector<MergeCandidate> merge_candidates(const Sources& sources) {
  std::vector<MergeCandidate> candidates;
  candidates.reserve(sources.size());
  for (const Source& source : sources) {
    candidates.push_back({source.segment, source.last_segment(), source.first, source.end(),
                          source.run != nullptr ? source.run->footer().file_bytes : 0,
                          source.whole() && !source.damaged()});
  }
  return candidates;
}

std::uint64_t count_merges(const Sources& sources, std::uint64_t fan_out) {
  std::vector<MergeCandidate> candidates = merge_candidates(sources);
  std::uint64_t merges = 0;
  while (const auto choice = choose_merge(candidates, fan_out)) {
    for (std::uint64_t i = 0; i < fan_out; ++i) candidates[choice->begin + i].available = false;
    ++merges;
  }
  return merges;
}

}  // namespace esker::index
