#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/mutex.hpp"
#include "esker/function.hpp"
#include "esker/query.hpp"
#include "esker/result.hpp"
#include "index/index_options.hpp"
#include "index/index_stats.hpp"
#include "index/merger.hpp"
#include "index/segment_key.hpp"
#include "index/source.hpp"
#include "index/term.hpp"
#include "io/clock.hpp"
#include "io/directory.hpp"

namespace esker::index {

/// The inverted index: terms to ascending positions. A memtable for each segment that has no run yet, and immutable run files for the
/// sealed ones: one for each at first, which are merged so that there are ever fewer than the logarithm of the log. Derived: whatever is
/// missing or damaged is made again from the log.
///
/// **A damaged merged run** is not made again in one piece: its segments' terms may not fit into memory. Instead each of its segments
/// becomes a source of its own, all of which go on asking the damaged run, bounded to their positions. What is on its good pages is
/// found; what is not is an error, so no posting is ever missed in silence. Then one segment after the other is read from the log into
/// a memtable and flushed to a run of its own; a few memtables at a time. The damaged file is removed once all of them have a run, so that
/// a crash meanwhile opens as fast as ever, and finds the damage again. Merging makes large runs of them anew.
///
/// The class has no thread. Roles, each from one thread at a time, all at once if they like:
///   builder     `add`, `begin_segment`;
///   background  `background_step`, `merge_due`: flushes memtables of sealed segments to runs, rebuilds damaged ones, merges.
/// `find` and `stats` may be called from any thread.
class Index {
 public:
  /// Calls back with the terms of every record of a sealed segment, in order; the index knows neither records nor the log.
  /// Errors: those of reading the log.
  using SegmentReader = UniqueFunction<Result<void>(
      const SegmentKey&, UniqueFunction<void(Position, const EventTerms&)>&)>;

  /// Opens the runs of `sealed`, which is in order. Segments whose run is missing, damaged or of something else get one of their own by
  /// `read_segment` (which is kept for later repairs). Run files of no sealed segment, and those that a merged one has replaced, are
  /// removed; files of others' making are left alone.
  /// When there is no space for a rebuilt run it stays in memory, and `background_step` tries again; not for more than a few.
  /// `directory` and `clock` outlive the index. Errors: `io_error`, `no_space`, and those of `read_segment`.
  static Result<std::unique_ptr<Index>> open(io::Directory& directory, io::Clock& clock,
                                             const Uuid& store,
                                             const std::vector<SegmentKey>& sealed,
                                             SegmentReader read_segment,
                                             const IndexOptions& options = {});

  Index(const Index&) = delete;
  Index& operator=(const Index&) = delete;
  ~Index();

  // --- builder ---

  /// A segment begins whose first record will be `first`; what is added from now on belongs to it. Those that were not sealed come
  /// first, in order, perhaps before some that were: a crash can take a footer and leave a later one. Then come new ones, in order.
  void begin_segment(SegmentId id, Position first);

  /// Adds events in a row, the first at `first`. Positions come in ascending order without gaps. They may be found at once: who asks
  /// passes a bound. Readers of the active segment wait meanwhile, so not thousands at once.
  void add(Position first, std::span<const EventTerms> events);
  void add(Position position, const EventTerms& terms) { add(position, std::span(&terms, 1)); }

  // --- background ---

  /// The segment is sealed: its memtable may become a run. Any thread.
  void segment_sealed(const SegmentKey& key);

  /// Makes a damaged run a memtable again, or flushes one memtable to a run, or, when there is neither, does a bounded piece of a merge
  /// that is due. True when there is more to do at once. What fails (disk full) stays as it is and is tried again on a later call:
  /// call again after a while as long as `work_waiting` says so, and when `merge_due` says so.
  bool background_step();

  /// When the next piece of a merge should be done, on the clock's monotonic scale, as the last `background_step` left it; nothing when
  /// there is none to be done. In between others have the disk: that is how the rate of merging is bounded. Never allocates.
  [[nodiscard]] std::optional<std::chrono::nanoseconds> merge_due() const { return merge_due_; }

  /// Why the last `background_step` that had something to do failed; nothing when it did not. Any thread.
  [[nodiscard]] std::optional<Error> background_failure() const;

  // --- readers ---

  /// Appends to `positions` up to `max` positions that have the term, in the order of `direction`:
  /// forwards, the first ones in [from, end); backwards, the last ones in [from, end), descending.
  /// Stateless, so a walk never notices that a memtable has become a run in between.
  /// Errors: `corrupt` (a run's page) and `io_error` (it cannot be read), naming file and offset; `positions` is as before. The run is
  /// then marked damaged and `background_step` rebuilds it, so asking again later helps.
  Result<void> find(const Term& term, Direction direction, Position from, Position end,
                    std::size_t max, std::vector<Position>& positions) const;

  /// Appends to `candidates` the indexes of those terms, all of ids, that may have postings; the others surely have none. Much cheaper
  /// than a `find` for each when few have. Errors: as `find`.
  Result<void> find_candidates(std::span<const Term> ids,
                               std::vector<std::uint32_t>& candidates) const;

  [[nodiscard]] IndexStats stats() const;

  /// There are memtables that could be runs, or damaged runs. Any thread; never allocates.
  [[nodiscard]] bool work_waiting() const;

 private:
  enum class Step : std::uint8_t {
    more,    ///< There is more to do at once.
    done,    ///< There is not, but perhaps merging.
    failed,  ///< There is nothing that would help now.
  };

  /// Segments of a run that was found damaged.
  struct Split {
    SegmentId first;
    SegmentId last;
  };

  Index(io::Directory& directory, io::Clock& clock, const Uuid& store, SegmentReader read_segment,
        const IndexOptions& options);

  Result<Source> rebuild_source(const SegmentKey& key, std::size_t unflushed);
  [[nodiscard]] std::shared_ptr<const Sources> sources() const ESKER_EXCLUDES(mutex_);
  /// Puts a set in the place of the current one that differs by what `change` does.
  template <class Change>
  void change_sources(Change change) ESKER_EXCLUDES(change_mutex_, mutex_);
  void split_damaged();
  Result<void> flush(const Source& source);
  Result<void> reload(const Source& source);
  Step step();
  Step merge(Result<void> result);
  void replace_inputs(const MergedRuns& merged);
  void remove_rebuilt();
  void background_ended(Result<void> result) ESKER_EXCLUDES(mutex_);

  io::Directory& directory_;
  io::Clock& clock_;
  const Uuid store_;
  SegmentReader read_segment_;          // `open`, then the background only.
  std::shared_ptr<Memtable> memtable_;  // The builder's: where `add` goes.
  SegmentId
      reloaded_last_;  // The background's: the damaged run it tried last, so that each gets its turn.
  std::vector<Split> splits_;  // The background's: what is being made again one by one.
  Merger merger_;              // The background's.
  std::optional<std::chrono::nanoseconds> merge_due_;  // The background's.
  const IndexOptions options_;
  std::atomic<std::uint64_t> runs_rebuilt_{0};

  base::Mutex
      change_mutex_;  // Taken before `mutex_`, so that a set is copied without readers having to wait.
  mutable base::Mutex mutex_;
  std::shared_ptr<const Sources> sources_ ESKER_GUARDED_BY(mutex_);
  std::optional<Error> background_failure_ ESKER_GUARDED_BY(mutex_);
};

}  // namespace esker::index
