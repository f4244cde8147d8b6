#pragma once

#include <atomic>
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
#include "index/segment_key.hpp"
#include "index/term.hpp"
#include "io/directory.hpp"

namespace esker::index {

class Memtable;
class Run;

struct IndexStats {
  std::uint64_t runs = 0;
  std::uint64_t run_bytes = 0;
  std::uint64_t memtable_bytes = 0;
  std::uint64_t runs_rebuilt = 0;  ///< Since the store was opened, opening included.
  std::uint64_t work_waiting =
      0;  ///< Memtables that could be runs, and damaged runs: what `background_step` has to do.
};

/// The inverted index: terms to ascending positions. A memtable for each segment that has no run yet, an immutable run file for
/// each sealed one. Derived: whatever is missing or damaged is made again from the log.
///
/// The class has no thread. Roles, each from one thread at a time, all at once if they like:
///   builder     `add`, `begin_segment`;
///   background  `background_step`: flushes memtables of sealed segments to runs, rebuilds damaged ones.
/// `find` and `stats` may be called from any thread.
class Index {
 public:
  /// Calls back with the terms of every record of a sealed segment, in order; the index knows neither records nor the log.
  /// Errors: those of reading the log.
  using SegmentReader = UniqueFunction<Result<void>(
      const SegmentKey&, UniqueFunction<void(Position, const EventTerms&)>&)>;

  /// Opens the runs of `sealed`, in order; those that are missing, damaged or of something else are rebuilt by `read_segment`
  /// (which is kept for later repairs). Run files of no sealed segment are removed; files of others' making are left alone.
  /// When there is no space for a rebuilt run it stays in memory, and `background_step` tries again; not for more than a few.
  /// `directory` outlives the index. Errors: `io_error`, `no_space`, and those of `read_segment`.
  static Result<std::unique_ptr<Index>> open(io::Directory& directory, const Uuid& store,
                                             const std::vector<SegmentKey>& sealed,
                                             SegmentReader read_segment);

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

  /// Flushes one memtable to a run, or makes a damaged run a memtable again. True when there is more to do at once. What fails (disk
  /// full) stays as it is and is tried again on a later call: call again after a while as long as `work_waiting` says so.
  bool background_step();

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

 private:
  /// One segment's part of the index: a memtable or a run, never both.
  struct Source {
    SegmentId segment;
    Position first;
    std::shared_ptr<Memtable> memtable;
    std::shared_ptr<Run> run;
    std::optional<SegmentKey> sealed;  ///< Set once a run of it may be made.
  };
  /// In order of segments, and so of positions. Immutable and swapped whole: a walk goes on in the set that it began in.
  using Sources = std::vector<Source>;

  Index(io::Directory& directory, const Uuid& store, SegmentReader read_segment);

  Result<Source> open_source(const SegmentKey& key, std::size_t unflushed);
  [[nodiscard]] std::shared_ptr<const Sources> sources() const ESKER_EXCLUDES(mutex_);
  /// Puts a set in the place of the current one that differs by what `change` does.
  template <class Change>
  void change_sources(Change change) ESKER_EXCLUDES(change_mutex_, mutex_);
  Result<void> flush(const Source& source);
  Result<void> reload(const Source& source);
  void background_ended(Result<void> result) ESKER_EXCLUDES(mutex_);
  static Result<void> find_in(const Source& source, const Term& term, Direction direction,
                              Position from, Position end, std::size_t max,
                              std::vector<Position>& positions);

  io::Directory& directory_;
  const Uuid store_;
  SegmentReader read_segment_;          // `open`, then the background only.
  std::shared_ptr<Memtable> memtable_;  // The builder's: where `add` goes.
  SegmentId
      reloaded_last_;  // The background's: the damaged run it tried last, so that each gets its turn.
  std::atomic<std::uint64_t> runs_rebuilt_{0};

  base::Mutex
      change_mutex_;  // Taken before `mutex_`, so that a set is copied without readers having to wait.
  mutable base::Mutex mutex_;
  std::shared_ptr<const Sources> sources_ ESKER_GUARDED_BY(mutex_);
  std::optional<Error> background_failure_ ESKER_GUARDED_BY(mutex_);
};

}  // namespace esker::index
