#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string_view>

#include "base/mutex.hpp"
#include "esker/function.hpp"
#include "index/index.hpp"
#include "io/clock.hpp"
#include "log/log.hpp"
#include "store/append.hpp"
#include "store/group_builder.hpp"

namespace esker::store {

struct SequencerStats {
  std::uint64_t commits = 0;
  std::uint64_t groups = 0;
  std::uint64_t events = 0;
  std::uint64_t heads_found = 0;  ///< As `StreamHeads` counts them.
  std::uint64_t heads_missed = 0;
};

/// Takes appends in order, decides each against the newest state, and makes them durable in groups. All writing goes through here.
///
///     submit → [queue] → step: decide, encode → [open group] → write_step: write, sync → on_durable → answers
///
/// No thread of its own. `step` is the builder's role and `write_step` the writer's; each is done by one thread at a time, which
/// this class sees to, and both may run at once: while one group is being synced the next is being built.
///
/// Commands are decided in the order in which they came, but for those whose condition takes long to look at: `check_step`, the checker's
/// role, looks at it while others are decided, and the builder then only at what has come since.
///
/// An answer rests on the last position assigned when it was decided, and is given when that position is durable (I7). When a
/// group fails, what it held and what rests on it is `outcome_unknown`; what was not handed to the log is `store_failed` (R4, I15).
class Sequencer {
 public:
  /// `end` is where the log ends. Everything passed by reference outlives the sequencer.
  /// `on_visible` is called after the visible position has moved, without locks held, on the writer's thread.
  Sequencer(log::Log& log, index::Index& index, const IndexReader& index_reader,
            const index::TermHasher& hasher, RetentionUse& retention, io::Clock& clock,
            const SequencerOptions& options, UniqueFunction<void()> on_visible);

  // --- any thread ---

  /// Queues a command, or refuses it (`busy`, `closed`).
  void submit(std::unique_ptr<Command> command);
  /// Answers a command with an error, out of turn: refused ones do not wait among those that count against the bound. Not inside this call.
  void refuse(std::unique_ptr<Command> command, Error error);

  /// True when `step` has something to do.
  [[nodiscard]] bool can_build() const;
  /// True when `check_step` has something to do.
  [[nodiscard]] bool can_check() const;
  /// True when `write_step` has something to do.
  [[nodiscard]] bool can_write() const;
  [[nodiscard]] bool writing() const { return writing_.load(std::memory_order_relaxed); }
  /// Bytes of the events that wait to be decided.
  [[nodiscard]] std::uint64_t waiting_bytes() const;
  /// When `write_step` has a sync to do although nobody appends, on the clock's monotonic scale; nothing: no need.
  [[nodiscard]] std::optional<std::chrono::nanoseconds> sync_due() const;

  /// The log has prepared a segment, or failed to: what waits for one is tried again.
  void on_prepared();

  /// From now on appends are refused with `closed`; those that were accepted are finished.
  void refuse_new();
  /// True when every append that was accepted has been answered.
  [[nodiscard]] bool drained() const;
  /// Waits for that. Needs other threads that step.
  void wait_until_drained();
  /// Closes the log, in the writer's role. The sequencer must be drained. Errors: as `log::Log::close`.
  Result<void> close_log();

  /// Ends all writing since `doing` something has ended in an exception, which is for want of memory.
  void fail(std::string_view doing, const std::exception& exception) noexcept;
  [[nodiscard]] std::optional<Error> failure() const;

  [[nodiscard]] SequencerStats stats() const;

  // --- roles ---

  /// Takes what waits, in order, decides it and encodes what is accepted into the open group; stops when the group is full, or when the
  /// writer has become free and should have it. Answers what can be answered at once. False when there was nothing to do.
  bool step();

  /// Closes the open group, writes it, publishes it and answers what rests on it; or, when it is due, syncs. At most one of the two.
  /// `deliver` must be called afterwards. False when there was nothing to do.
  bool write_step();

  /// Looks at what a condition excludes that has too much of it to be looked at in the builder's role: a piece for one command, which goes
  /// back into the queue when it is done. False when there was nothing to do.
  bool check_step();

  /// Calls the handlers of what has been answered. Any thread; several at once.
  void deliver();
  /// How many answers wait for that.
  [[nodiscard]] std::size_t undelivered() const;

 private:
  // The builder's, without the lock.
  GroupBuilder::Stall place(Command& command, std::optional<GroupBuilder::Answer>& answer);
  GroupBuilder::Stall build(bool was_writing);
  void decided(GroupBuilder::Answer answer);
  void end_build(GroupBuilder::Stall stall, std::uint64_t prepared_count);

  // The checker's.
  void end_check(std::unique_ptr<Command> command, Result<ConditionLook> looked);
  void postpone(CommandQueue commands) ESKER_REQUIRES(mutex_);

  // The writer's, without the lock.
  void write(std::shared_ptr<log::Group> group);
  void sync();
  void on_durable(const log::Group& group) ESKER_REQUIRES(mutex_);
  void end_write() ESKER_REQUIRES(mutex_);

  bool can_build_locked() const ESKER_REQUIRES(mutex_);
  bool can_write_locked() const ESKER_REQUIRES(mutex_);
  bool sync_is_due() const ESKER_REQUIRES(mutex_);
  void finish(std::unique_ptr<Command> command) ESKER_REQUIRES(mutex_);
  void finish(std::unique_ptr<Command> command, Error error) ESKER_REQUIRES(mutex_);
  void answer_durable() ESKER_REQUIRES(mutex_);
  void fail_locked(Error reason, Position unknown_before) ESKER_REQUIRES(mutex_);
  void answer_failed() ESKER_REQUIRES(mutex_);

  log::Log& log_;
  io::Clock& clock_;
  const std::uint64_t queue_bytes_max_;
  UniqueFunction<void()> on_visible_;

  mutable base::Mutex mutex_;
  base::Condition idle_;  // drained, or nobody writes any more
  CommandQueue queue_ ESKER_GUARDED_BY(mutex_);
  std::uint64_t waiting_bytes_ ESKER_GUARDED_BY(mutex_) = 0;     // not yet decided
  std::uint64_t unanswered_bytes_ ESKER_GUARDED_BY(mutex_) = 0;  // bounded
  std::uint64_t undelivered_ ESKER_GUARDED_BY(mutex_) =
      0;  // counted commands whose handler has not returned
  CommandQueue to_check_ ESKER_GUARDED_BY(mutex_);
  std::atomic<bool> checks_wait_ = false;          // there are some; changed under the lock
  CommandQueue pending_ ESKER_GUARDED_BY(mutex_);  // decided; by ascending `rests_on`
  CommandQueue answered_ ESKER_GUARDED_BY(mutex_);
  std::shared_ptr<log::Group> open_ ESKER_GUARDED_BY(mutex_);  // the builder's while `building_`
  bool building_ ESKER_GUARDED_BY(mutex_) = false;
  bool checking_ ESKER_GUARDED_BY(mutex_) = false;
  std::atomic<bool> writing_ = false;  // changed under the lock
  bool refusing_ ESKER_GUARDED_BY(mutex_) = false;
  bool closed_ ESKER_GUARDED_BY(mutex_) = false;
  GroupBuilder::Stall stall_ ESKER_GUARDED_BY(mutex_) = GroupBuilder::Stall::none;
  std::uint64_t prepared_count_ ESKER_GUARDED_BY(mutex_) = 0;
  Position written_ ESKER_GUARDED_BY(mutex_);  // the writer is done with groups up to here
  std::optional<Error> failure_ ESKER_GUARDED_BY(mutex_);
  Position unknown_before_
      ESKER_GUARDED_BY(mutex_);  // what rests before this may have been written
  std::optional<std::chrono::nanoseconds> sync_due_ ESKER_GUARDED_BY(mutex_);
  bool visible_moved_ ESKER_GUARDED_BY(mutex_) = false;  // and subscribers have not been told
  SequencerStats stats_ ESKER_GUARDED_BY(mutex_);

  // The builder's; looked at by others only while nobody builds.
  GroupBuilder builder_;
  CommandQueue taken_;
  CommandQueue decided_;
  SequencerStats decided_stats_;
  std::uint64_t decided_bytes_ = 0;
  CommandQueue postponed_;  // to be checked

  ConditionChecker checker_;  // The checker's.
};

}  // namespace esker::store
