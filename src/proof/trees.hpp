#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/mutex.hpp"
#include "esker/proof.hpp"
#include "esker/result.hpp"
#include "format/tree_file.hpp"
#include "format/tree_hasher.hpp"
#include "format/tree_nodes.hpp"
#include "io/directory.hpp"
#include "log/log.hpp"
#include "proof/leaf_reader.hpp"
#include "proof/tree_file.hpp"

namespace esker::proof {

/// The tree over a log, kept in tree files as far as it fills them, and in memory behind that; and the proofs that it gives.
///
/// The class has no thread. `step` and `due` are a background role's, `make_durable` is compaction's; all functions may be called
/// at once, from any thread. What it is given by reference outlives it.
class Trees {
 public:
  /// Whether the directory's store keeps a tree. Errors: `io_error`.
  static Result<bool> kept(io::Directory& directory);

  /// Takes over the tree files that fit the log; what knows more than the log, as after a restore, is made to forget it, durably,
  /// before this returns. A file that is missing or damaged is made again by `step`.
  /// Errors: `io_error`, `no_space`.
  static Result<std::unique_ptr<Trees>> open(io::Directory& directory, const log::Log& log);

  Trees(const Trees&) = delete;
  Trees& operator=(const Trees&) = delete;

  /// One bounded piece of work: hashes some of the log's events that are not in the tree yet, or writes a file. False when there is none
  /// for now.
  bool step();
  /// Whether so many events have come that `step` should be called. Whoever wants proofs of the last ones before that hashes them.
  [[nodiscard]] bool lags() const;
  /// When what has failed is to be tried again, on the clock's monotonic scale.
  [[nodiscard]] std::optional<std::chrono::nanoseconds> due() const;

  /// One bounded piece of work towards having the hashes of all events up to `last`, which are durable, in tree files. True when they are.
  /// Errors: `no_space`, `io_error`, `corrupt` (the log; or a tree file is missing that cannot be made again).
  Result<bool> make_durable(Position last);

  /// Writes what has been hashed to a file, as far as it is durable, so that the next `open` need not hash it again. Does nothing
  /// that matters: what cannot be written is hashed again.
  void save();

  /// How many of the log's first events the tree has.
  [[nodiscard]] Position end() const { return Position(end_.load(std::memory_order_acquire)); }
  /// How many of them are in tree files.
  [[nodiscard]] Position durable_end() const;

  /// As `Store::root`, `Store::prove_inclusion` and `Store::prove_consistency`, of visible positions. What is not in the tree yet is put
  /// there by the caller if it is not much.
  Result<Root> root(Position position);
  Result<InclusionProof> prove_inclusion(Position position, Position root);
  Result<ConsistencyProof> prove_consistency(Position from, Position to);

 private:
  /// The right to add to the tree, which one has at a time, also while it waits for the disk.
  class Making;
  /// Reads hashes for one proof.
  class Reading;

  Trees(io::Directory& directory, const log::Log& log) : directory_(directory), log_(log) {}

  Result<void> take_over();
  Result<void> cut(std::span<const std::uint64_t> files);
  Result<void> adopt();

  Result<void> reach(Position position);
  Result<bool> make();
  Result<bool> hash_on();
  Result<void> store_tail();
  [[nodiscard]] Error unprovable(Position position) const;

  void note_end() ESKER_REQUIRES(mutex_);

  [[nodiscard]] std::uint64_t leaves() const ESKER_REQUIRES(mutex_) {
    return files_.leaves() * format::kTreeFileLeaves + tail_->leaves();
  }

  io::Directory& directory_;
  const log::Log& log_;

  std::atomic<std::uint64_t> end_{0};  // `leaves`, without the mutex
  mutable base::Mutex mutex_;
  base::Condition made_;
  bool making_ ESKER_GUARDED_BY(mutex_) = false;
  format::TreeNodes files_ ESKER_GUARDED_BY(mutex_);  // over the roots of the full files
  // What is behind them. Whoever is making adds to it under the mutex, and replaces it when its file has been written.
  std::shared_ptr<format::TreeNodes> tail_ ESKER_GUARDED_BY(mutex_) =
      std::make_shared<format::TreeNodes>();
  std::uint64_t tail_stored_ ESKER_GUARDED_BY(mutex_) = 0;  // of its leaves, in a file
  std::optional<Error> failed_ ESKER_GUARDED_BY(mutex_);    // why the last piece was not done
  std::optional<std::chrono::nanoseconds> due_ ESKER_GUARDED_BY(mutex_);

  format::TreeHasher hasher_;          // of whoever is making
  std::optional<Error> damaged_file_;  // likewise: why the file that is due cannot be taken over
  bool later_files_ = false;           // likewise: there are others behind one that is missing
};

}  // namespace esker::proof
