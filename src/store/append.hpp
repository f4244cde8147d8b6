#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "esker/append.hpp"
#include "esker/explanation.hpp"
#include "esker/options.hpp"
#include "store/validate.hpp"

namespace esker::store {

class Sequencer;

/// What an answer rests on.
enum class Rests : std::uint8_t {
  on_nothing,  ///< It was decided without looking at events that are not durable: given at once.
  written,     ///< The command's events are in the open group.
  on_finding,  ///< It tells of events that are there already, perhaps not durably.
  on_rejection,  ///< It was decided on events that are perhaps not durable; nothing is written in any case.
};

/// An append on its way through the store, from the call to its answer.
struct Command {
  NewCommit commit;  ///< The caller's, valid until the answer.
  AppendHandler handler;
  CommitSize size;
  bool counted = false;  ///< Part of the queue's bound, and waited for by close.

  // While its condition is looked at beside the builder:
  Position condition_looked_at;  ///< Nothing up to here makes it fail.
  unsigned postponed = 0;        ///< How often that has been so.
  Explanation cost;              ///< Of what was looked at, when that is asked for.

  /// Behind this the condition is still to be looked at. There must be one.
  [[nodiscard]] Position condition_front() const {
    return std::max(commit.condition->after, condition_looked_at);
  }

  // Since it was decided:
  Rests rests = Rests::on_nothing;
  Position rests_on;  ///< The answer is given when this is durable.
  std::optional<Result<AppendResult>> answer;

  std::unique_ptr<Command> next;  ///< The queue's.
};

/// Commands in a row, each holding the one after it: none of their steps towards the answer needs memory, so none is lost when there is
/// none.
class CommandQueue {
 public:
  CommandQueue() = default;
  CommandQueue(CommandQueue&& other) noexcept { append(std::move(other)); }
  CommandQueue& operator=(CommandQueue&&) = delete;
  ~CommandQueue();

  [[nodiscard]] bool empty() const { return first_ == nullptr; }
  [[nodiscard]] std::size_t size() const { return size_; }
  /// The first one; there must be one.
  [[nodiscard]] Command& front() const { return *first_; }

  void push_back(std::unique_ptr<Command> command) noexcept;
  /// Takes the first one out; there must be one.
  std::unique_ptr<Command> pop_front() noexcept;
  /// Puts all of `other`, which is empty then, behind.
  void append(CommandQueue&& other) noexcept;

 private:
  std::unique_ptr<Command> first_;
  Command* last_ = nullptr;
  std::size_t size_ = 0;
};

/// Calls the handlers of commands that have their answers, in order. Returns how many of the commands were counted. Not under locks.
/// A handler that throws, which it must not, ends the process.
std::size_t deliver(CommandQueue answered) noexcept;

/// Checks an append's names, ids and sizes and queues it: the beginning of the write path. The answer, whatever it is, goes to `handler`
/// on the thread that steps the sequencer. Threads: any; does not block. Throws `std::bad_alloc`, and has then done nothing.
void async_append(Sequencer& sequencer, const Limits& limits, const NewCommit& commit,
                  AppendHandler handler);

}  // namespace esker::store
