#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "esker/append.hpp"
#include "esker/options.hpp"
#include "store/validate.hpp"

namespace esker::store {

class Sequencer;

/// An append on its way through the store, from the call to its answer.
struct Command {
  std::span<const StreamAppend> streams;  ///< The caller's, valid until the answer.
  AppendHandler handler;
  CommitSize size;
  bool counted = false;  ///< Part of the queue's bound, and waited for by close.
};

/// Commands that have their answers, to be told outside of all locks.
class Answered {
 public:
  void add(std::unique_ptr<Command> command, Result<AppendResult> result);

  [[nodiscard]] bool empty() const { return answers_.empty(); }
  [[nodiscard]] std::size_t size() const { return answers_.size(); }

  /// Calls the handlers, in order, and forgets them. Returns how many of the commands were counted. A handler that throws, which
  /// it must not, ends the process.
  std::size_t deliver() noexcept;

 private:
  struct Answer {
    std::unique_ptr<Command> command;
    Result<AppendResult> result;
  };

  std::vector<Answer> answers_;
};

/// Checks an append's names, ids and sizes and queues it: the beginning of the write path. The answer, whatever it is, goes to `handler`
/// on the thread that steps the sequencer. Threads: any; does not block.
void async_append(Sequencer& sequencer, const Limits& limits, std::span<const StreamAppend> streams,
                  AppendHandler handler);

}  // namespace esker::store
