#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "base/mutex.hpp"
#include "esker/compaction.hpp"
#include "esker/result.hpp"
#include "io/clock.hpp"
#include "io/directory.hpp"
#include "log/compaction.hpp"
#include "log/log.hpp"
#include "proof/trees.hpp"
#include "store/read_context.hpp"
#include "store/release_judge.hpp"

namespace esker::store {

/// Goes over the sealed segments, one after the other, and lets compaction take out what has been released, no faster than it was told;
/// then has small ones merged that follow each other.
///
/// A background role without a thread of its own: `step` and `due` from one thread, the others from any. What it is given by reference
/// outlives it.
class Compactor {
 public:
  /// `trees`  null when the store keeps none. Nothing is taken out whose hash is not in a tree file.
  Compactor(io::Directory& directory, log::Log& log, io::Clock& clock, proof::Trees* trees,
            UniqueFunction<ReadContext()> reader)
      : directory_(directory),
        log_(log),
        clock_(clock),
        trees_(trees),
        reader_(std::move(reader)) {}
  ~Compactor() { stop(); }
  Compactor(const Compactor&) = delete;
  Compactor& operator=(const Compactor&) = delete;

  /// Begins. Errors: `busy`: one is under way.
  Result<void> start(const CompactionOptions& options);

  [[nodiscard]] CompactionStatus status() const;
  /// The same, having waited until it has ended, but no longer than this.
  CompactionStatus wait(std::chrono::nanoseconds timeout);

  /// One bounded piece of work. False when there is none for now.
  bool step();
  /// When there is some, on the clock's monotonic scale; nothing: as long as nobody starts.
  [[nodiscard]] std::optional<std::chrono::nanoseconds> due() const;

  /// Gives up what is under way. Nobody steps any more.
  void stop();

 private:
  using Segments = std::vector<std::shared_ptr<log::Segment>>;

  void begin();
  void begin_merging();
  Result<bool> step_compaction();
  Result<bool> keep_provable(bool dry_run);
  void begin_compaction(bool dry_run);
  void end_compaction();
  void count(const log::CompactionCounts& counts);
  void replace();
  void end(std::optional<Error> failure);

  io::Directory& directory_;
  log::Log& log_;
  io::Clock& clock_;
  proof::Trees* const trees_;
  UniqueFunction<ReadContext()> reader_;

  // The role's.
  std::optional<ReadContext> context_;
  std::optional<ReleaseJudge> judge_;
  std::deque<Segments> work_;  // what is to be compacted or merged, in the log's order
  bool merging_ = false;
  bool merge_unsure_ =
      false;  // one failed, and its file may have a name: no others until the store is opened again
  std::unique_ptr<log::Compaction> compaction_;

  mutable base::Mutex mutex_;
  base::Condition ended_;
  CompactionOptions options_ ESKER_GUARDED_BY(mutex_);
  CompactionStatus status_ ESKER_GUARDED_BY(mutex_);
  bool begun_ ESKER_GUARDED_BY(mutex_) = false;  // what the role needs for it is there
  std::chrono::nanoseconds due_ ESKER_GUARDED_BY(mutex_){0};
};

}  // namespace esker::store
