#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "esker/result.hpp"
#include "index/index_options.hpp"
#include "index/merge.hpp"
#include "index/merge_policy.hpp"
#include "index/source.hpp"
#include "io/clock.hpp"
#include "io/directory.hpp"

namespace esker::index {

/// Runs that have become one.
struct MergedRuns {
  std::vector<Source> inputs;
  Source source;  ///< What takes their place.
};

/// Decides what is merged next and does it piece by piece, no faster than the bound on its rate.
///
/// When runs of a lower level can be merged while a large merge is under way, they are taken up first and the large one waits: so the
/// small runs, which come fastest, stay few however long it takes. There is at most one merge under way for each level.
/// A merge that fails is abandoned and begun anew a while later. Merges that are under way when the store is closed are begun anew
/// after the next open, which removes what they have left.
///
/// Threads: the background role, but `merged_bytes` from any.
class Merger {
 public:
  /// All of these outlive the merger.
  Merger(io::Directory& directory, io::Clock& clock, const Uuid& store,
         const IndexOptions& options);

  /// When `step` has something to do, on the clock's monotonic scale, perhaps long ago; nothing when all is as it should be.
  [[nodiscard]] std::optional<std::chrono::nanoseconds> due(const Sources& sources) const;

  /// `due`, and that is now.
  [[nodiscard]] bool is_due(const Sources& sources) const;

  /// One bounded piece of work. Returns what has become one run, if that was the last piece of a merge: the run is durable, and once
  /// it has taken the place of its inputs their files may be removed. Errors: those of `Merge::step`.
  Result<std::optional<MergedRuns>> step(const Sources& sources);

  /// Tables read and runs written since the store was opened.
  [[nodiscard]] std::uint64_t merged_bytes() const {
    return merged_bytes_.load(std::memory_order_relaxed);
  }

 private:
  [[nodiscard]] std::optional<MergeChoice> choose(const Sources& sources) const;
  void take_up(const Sources& sources);
  void abandon_damaged();

  io::Directory& directory_;
  io::Clock& clock_;
  const Uuid store_;
  const IndexOptions options_;
  std::vector<std::unique_ptr<Merge>> merges_;  // Of descending levels; the last one is worked on.
  std::chrono::nanoseconds next_piece_{0};
  std::atomic<std::uint64_t> merged_bytes_{0};
};

/// The sources as the policy sees them.
std::vector<MergeCandidate> merge_candidates(const Sources& sources);

/// How many merges there are to be done now, those under way included.
std::uint64_t count_merges(const Sources& sources, std::uint64_t fan_out);

}  // namespace esker::index
