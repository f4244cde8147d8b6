#include "store/sequencer.hpp"

#include <algorithm>
#include <exception>
#include <iterator>
#include <string>
#include <utility>

#include "base/assert.hpp"

namespace esker::store {
namespace {

/// Counted for each command besides its events, so that a flood of tiny appends is bounded too.
constexpr std::uint64_t kCommandBytes = 256;

std::uint64_t cost(const Command& command) { return command.size.event_bytes + kCommandBytes; }

/// An error whose words may find no memory: the code is what matters.
Error worded(Errc code, std::string_view what, std::string_view reason) noexcept {
  try {
    return {code, std::string(what).append(reason)};
  } catch (const std::bad_alloc&) {
    return {code, std::string()};
  }
}

Error store_failed(const Error& reason) noexcept {
  return worded(Errc::store_failed,
                "the append was not written, the store takes no more until it is opened again: ",
                reason.message());
}

Error outcome_unknown(const Error& reason) noexcept {
  return worded(Errc::outcome_unknown,
                "the append may or may not be durable, append again with the same ids after the "
                "store has been opened again: ",
                reason.message());
}

}  // namespace

Sequencer::Sequencer(log::Log& log, index::Index& index, const IndexReader& index_reader,
                     const index::TermHasher& hasher, RetentionUse& retention, io::Clock& clock,
                     const SequencerOptions& options, UniqueFunction<void()> on_visible)
    : log_(log),
      clock_(clock),
      queue_bytes_max_(options.queue_bytes_max),
      on_visible_(std::move(on_visible)),
      written_(log.end_at_open().position),
      builder_(log, index, index_reader, hasher, retention, options),
      checker_(log, index_reader, hasher) {}

// --- any thread ---

void Sequencer::submit(std::unique_ptr<Command> command) {
  base::MutexLock lock(mutex_);
  const std::uint64_t bytes = cost(*command);
  if (refusing_) {
    finish(std::move(command), {Errc::closed, "the store has been closed"});
  } else if (unanswered_bytes_ > 0 && unanswered_bytes_ + bytes > queue_bytes_max_) {
    finish(std::move(command),
           {Errc::busy, "appends of " + std::to_string(unanswered_bytes_) +
                            " bytes are waiting, the bound is " + std::to_string(queue_bytes_max_) +
                            ": try again later"});
  } else {
    command->counted = true;
    unanswered_bytes_ += bytes;
    waiting_bytes_ += bytes;
    ++undelivered_;
    queue_.push_back(std::move(command));
  }
}

void Sequencer::refuse(std::unique_ptr<Command> command, Error error) {
  base::MutexLock lock(mutex_);
  finish(std::move(command), std::move(error));
}

bool Sequencer::can_build_locked() const {
  if (building_ || (queue_.empty() && taken_.empty())) return false;
  // A failed store answers all there is, when neither role is at work.
  return failure_ ? !writing() : stall_ == GroupBuilder::Stall::none;
}

bool Sequencer::can_write_locked() const {
  if (writing() || closed_ || failure_) return false;
  return (!building_ && open_ != nullptr && !open_->bytes.empty()) || sync_is_due();
}

bool Sequencer::can_build() const {
  base::MutexLock lock(mutex_);
  return can_build_locked();
}

bool Sequencer::can_check() const {
  if (!checks_wait_.load(std::memory_order_relaxed)) return false;
  base::MutexLock lock(mutex_);
  return !checking_ && !to_check_.empty();
}

bool Sequencer::can_write() const {
  base::MutexLock lock(mutex_);
  return can_write_locked();
}

std::uint64_t Sequencer::waiting_bytes() const {
  base::MutexLock lock(mutex_);
  return waiting_bytes_;
}

bool Sequencer::sync_is_due() const { return sync_due_ && clock_.monotonic() >= *sync_due_; }

std::optional<std::chrono::nanoseconds> Sequencer::sync_due() const {
  base::MutexLock lock(mutex_);
  if (failure_ || closed_) return std::nullopt;
  return sync_due_;
}

void Sequencer::on_prepared() {
  base::MutexLock lock(mutex_);
  ++prepared_count_;
  if (stall_ == GroupBuilder::Stall::segment) stall_ = GroupBuilder::Stall::none;
}

void Sequencer::refuse_new() {
  base::MutexLock lock(mutex_);
  refusing_ = true;
}

bool Sequencer::drained() const {
  base::MutexLock lock(mutex_);
  return undelivered_ == 0;
}

void Sequencer::wait_until_drained() {
  base::MutexLock lock(mutex_);
  while (undelivered_ > 0) idle_.wait(mutex_);
}

Result<void> Sequencer::close_log() {
  {
    base::MutexLock lock(mutex_);
    ESKER_ASSERT(undelivered_ == 0);
    while (writing()) idle_.wait(mutex_);  // a sync of interval mode
    writing_.store(true, std::memory_order_relaxed);
  }
  Result<void> closed = log_.close();
  base::MutexLock lock(mutex_);
  writing_.store(false, std::memory_order_relaxed);
  closed_ = true;
  return closed;
}

void Sequencer::fail(std::string_view doing, const std::exception& exception) noexcept {
  base::MutexLock lock(mutex_);
  fail_locked(worded(Errc::io_error, doing, exception.what()), Position(UINT64_MAX));
  if (!building_ && !writing()) answer_failed();
}

std::optional<Error> Sequencer::failure() const {
  base::MutexLock lock(mutex_);
  if (!failure_) return std::nullopt;
  return failure_->clone();
}

SequencerStats Sequencer::stats() const {
  base::MutexLock lock(mutex_);
  return stats_;
}

// --- builder ---

bool Sequencer::step() {
  std::uint64_t prepared_count = 0;
  bool was_writing = false;
  std::shared_ptr<log::Group> open;
  Position written;
  {
    base::MutexLock lock(mutex_);
    if (!can_build_locked()) return false;
    if (failure_) {
      answer_failed();
      return true;
    }
    building_ = true;
    taken_.append(std::move(queue_));
    prepared_count = prepared_count_;
    was_writing = writing();
    open = open_;
    written = written_;
  }
  try {
    builder_.resume(std::move(open), written, clock_.now());
    end_build(build(was_writing), prepared_count);
  } catch (const std::exception& exception) {
    base::MutexLock lock(mutex_);
    building_ = false;
    // The open group will not be written; the one that is being written may be.
    postpone(std::move(postponed_));
    fail_locked(worded(Errc::io_error, "building a group stopped: ", exception.what()), Position());
    if (!writing()) answer_failed();
  }
  return true;
}

GroupBuilder::Stall Sequencer::build(bool was_writing) {
  while (!taken_.empty()) {
    // The disk has become idle: better to write what there is than to make it more.
    if (was_writing && !writing() && builder_.group() != nullptr) break;
    std::optional<GroupBuilder::Answer> answer;
    const auto stall = place(taken_.front(), answer);
    if (stall == GroupBuilder::Stall::condition) {
      postponed_.push_back(taken_.pop_front());
      continue;
    }
    if (stall != GroupBuilder::Stall::none) return stall;
    decided(std::move(*answer));
  }
  return GroupBuilder::Stall::none;
}

GroupBuilder::Stall Sequencer::place(Command& command,
                                     std::optional<GroupBuilder::Answer>& answer) {
  if (!command.commit.explain) return builder_.place(command, answer);
  const Explanation before = builder_.cost();
  const std::chrono::nanoseconds begin = clock_.monotonic();
  const auto stall = builder_.place(command, answer);
  Explanation cost = builder_.cost().since(before);
  cost.time = clock_.monotonic() - begin;
  if (stall == GroupBuilder::Stall::condition) {
    command.cost += cost;
  } else if (answer && answer->result) {
    cost += command.cost;
    answer->result.assume_value().explanation = cost;
  }
  return stall;
}

void Sequencer::decided(GroupBuilder::Answer answer) {
  std::unique_ptr<Command> command = taken_.pop_front();
  if (command->counted) decided_bytes_ += cost(*command);
  if (answer.rests == Rests::written) {
    ++decided_stats_.commits;
    decided_stats_.events += command->size.records;
  }
  command->rests = answer.rests;
  if (answer.rests != Rests::on_nothing) command->rests_on = builder_.last_position();
  command->answer.emplace(std::move(answer.result));
  decided_.push_back(std::move(command));
}

void Sequencer::end_build(GroupBuilder::Stall stall, std::uint64_t prepared_count) {
  base::MutexLock lock(mutex_);
  building_ = false;
  waiting_bytes_ -= std::exchange(decided_bytes_, 0);
  const SequencerStats decided_stats = std::exchange(decided_stats_, {});
  stats_.commits += decided_stats.commits;
  stats_.events += decided_stats.events;
  stats_.heads_found = builder_.heads().found();
  stats_.heads_missed = builder_.heads().missed();
  // A segment that became ready after we had asked for it would not be announced again.
  const bool announced = stall == GroupBuilder::Stall::segment && prepared_count != prepared_count_;
  stall_ = announced ? GroupBuilder::Stall::none : stall;
  postpone(std::move(postponed_));
  if (!failure_) open_ = builder_.group();
  while (!decided_.empty()) {
    std::unique_ptr<Command> command = decided_.pop_front();
    if (command->rests == Rests::on_nothing) {
      finish(std::move(command));
    } else {
      pending_.push_back(std::move(command));
    }
  }
  answer_durable();  // the writer may have published what these rest on in the meantime
  if (failure_ && !writing()) answer_failed();
}

// --- checker ---

bool Sequencer::check_step() {
  if (!checks_wait_.load(std::memory_order_relaxed)) return false;
  std::unique_ptr<Command> command;
  {
    base::MutexLock lock(mutex_);
    if (checking_ || to_check_.empty()) return false;
    command = to_check_.pop_front();
    checks_wait_.store(!to_check_.empty(), std::memory_order_relaxed);
    if (failure_) {
      finish(std::move(command), store_failed(*failure_));
      return true;
    }
    checking_ = true;
  }
  try {
    const Explanation before = checker_.cost();
    const std::chrono::nanoseconds begin = clock_.monotonic();
    Result<ConditionLook> looked =
        checker_.look(*command->commit.condition, command->condition_front());
    command->cost += checker_.cost().since(before);
    command->cost.time += clock_.monotonic() - begin;
    end_check(std::move(command), std::move(looked));
  } catch (const std::exception& exception) {
    base::MutexLock lock(mutex_);
    checking_ = false;
    fail_locked(worded(Errc::io_error, "looking at a condition stopped: ", exception.what()),
                Position());
    finish(std::move(command), store_failed(*failure_));
    if (!building_ && !writing()) answer_failed();
  }
  return true;
}

void Sequencer::end_check(std::unique_ptr<Command> command, Result<ConditionLook> looked) {
  base::MutexLock lock(mutex_);
  checking_ = false;
  if (!looked) {
    // Not less than nothing: a failure has set it to that, with this command still on its way.
    if (command->counted) waiting_bytes_ -= std::min(waiting_bytes_, cost(*command));
    finish(std::move(command), std::move(looked).assume_error());
    return;
  }
  command->condition_looked_at = looked.assume_value().looked_at;
  // Whether it fails the builder decides, who also knows whether the events are there already.
  if (looked.assume_value().complete) {
    queue_.push_back(std::move(command));
  } else {
    to_check_.push_back(std::move(command));
    checks_wait_.store(true, std::memory_order_relaxed);
  }
}

void Sequencer::postpone(CommandQueue commands) {
  to_check_.append(std::move(commands));
  checks_wait_.store(!to_check_.empty(), std::memory_order_relaxed);
}

// --- writer ---

bool Sequencer::write_step() {
  std::shared_ptr<log::Group> group;
  {
    base::MutexLock lock(mutex_);
    if (!can_write_locked()) return false;
    writing_.store(true, std::memory_order_relaxed);
    if (!sync_is_due()) {  // a sync that is due comes before more writes, or a busy log would never have one
      group = std::move(open_);
      if (stall_ == GroupBuilder::Stall::writer) stall_ = GroupBuilder::Stall::none;
    }
  }
  try {
    if (group != nullptr) {
      write(std::move(group));
    } else {
      sync();
    }
  } catch (const std::exception& exception) {
    base::MutexLock lock(mutex_);
    fail_locked(worded(Errc::io_error, "writing stopped: ", exception.what()),
                Position(UINT64_MAX));
    end_write();
  }
  return true;
}

void Sequencer::write(std::shared_ptr<log::Group> group) {
  Result<void> written = log_.write_group(*group);
  base::MutexLock lock(mutex_);
  if (written) {
    on_durable(*group);
  } else {
    const bool unknown = written.assume_error().code() == Errc::outcome_unknown;
    fail_locked(std::move(written).assume_error(), unknown ? group->end() : group->first);
  }
  group.reset();  // before the lock is: the builder uses the buffers again
  end_write();
}

void Sequencer::on_durable(const log::Group& group) {
  written_ = group.end().previous();
  ++stats_.groups;
  visible_moved_ = true;
  // Whether and when what has been written must be synced the log knows; asking it is the next piece of work.
  if (log_.synced() < written_) sync_due_ = std::chrono::nanoseconds(0);
  answer_durable();
}

void Sequencer::sync() {
  Result<std::optional<std::chrono::nanoseconds>> next = log_.sync_if_due();
  base::MutexLock lock(mutex_);
  sync_due_.reset();
  if (!next) {
    // What had been given to the operating system was visible, and has been answered.
    fail_locked(std::move(next).assume_error(), Position());
  } else if (next.assume_value()) {
    sync_due_ = *next.assume_value();
  }
  end_write();
}

void Sequencer::end_write() {
  writing_.store(false, std::memory_order_relaxed);
  if (failure_ && !building_) answer_failed();
  idle_.notify_all();
}

// --- answers, under the lock ---

void Sequencer::finish(std::unique_ptr<Command> command) {
  if (command->counted) unanswered_bytes_ -= cost(*command);
  answered_.push_back(std::move(command));
}

void Sequencer::finish(std::unique_ptr<Command> command, Error error) {
  command->answer.emplace(std::move(error));
  finish(std::move(command));
}

void Sequencer::answer_durable() {
  const Position visible = log_.visible();
  while (!pending_.empty() && pending_.front().rests_on <= visible) finish(pending_.pop_front());
}

// What rests on a position before `unknown_before` may have been written; UINT64_MAX when it is not known where a thread stopped.
void Sequencer::fail_locked(Error reason, Position unknown_before) {
  unknown_before_ = std::max(unknown_before_, unknown_before);
  if (failure_) return;  // the first reason is the one to tell
  failure_ = std::move(reason);
  stall_ = GroupBuilder::Stall::none;
}

void Sequencer::answer_failed() {
  answer_durable();
  pending_.append(std::move(decided_));  // of a builder that was thrown out
  while (!pending_.empty()) {
    std::unique_ptr<Command> command = pending_.pop_front();
    // That an event is there already is only true if the group that holds it is.
    const bool unknown = command->rests == Rests::on_finding || command->rests_on < unknown_before_;
    finish(std::move(command), unknown ? outcome_unknown(*failure_) : store_failed(*failure_));
  }
  open_.reset();
  taken_.append(std::move(queue_));
  while (!taken_.empty()) finish(taken_.pop_front(), store_failed(*failure_));
  waiting_bytes_ = 0;
}

void Sequencer::deliver() {
  while (true) {
    CommandQueue answered;
    bool visible_moved = false;
    {
      base::MutexLock lock(mutex_);
      if (answered_.empty() && !visible_moved_) return;
      answered.append(std::move(answered_));
      visible_moved = std::exchange(visible_moved_, false);
    }
    const std::size_t counted = store::deliver(std::move(answered));
    if (visible_moved) on_visible_();
    base::MutexLock lock(mutex_);
    undelivered_ -= counted;
    if (undelivered_ == 0) idle_.notify_all();
  }
}

std::size_t Sequencer::undelivered() const {
  base::MutexLock lock(mutex_);
  return answered_.size() + (visible_moved_ ? 1 : 0);
}

}  // namespace esker::store
