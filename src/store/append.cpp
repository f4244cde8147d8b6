#include "store/append.hpp"

#include "store/sequencer.hpp"

namespace esker::store {

CommandQueue::~CommandQueue() {
  while (!empty()) pop_front();  // a row of destructors would be as deep as the queue is long
}

void CommandQueue::push_back(std::unique_ptr<Command> command) noexcept {
  std::unique_ptr<Command>& end = empty() ? first_ : last_->next;
  end = std::move(command);
  last_ = end.get();
  ++size_;
}

std::unique_ptr<Command> CommandQueue::pop_front() noexcept {
  std::unique_ptr<Command> command = std::move(first_);
  first_ = std::move(command->next);
  --size_;
  return command;
}

void CommandQueue::append(CommandQueue&& other) noexcept {
  if (other.empty()) return;
  std::unique_ptr<Command>& end = empty() ? first_ : last_->next;
  end = std::move(other.first_);
  last_ = other.last_;
  size_ += std::exchange(other.size_, 0);
}

std::size_t deliver(CommandQueue answered) noexcept {
  std::size_t counted = 0;
  while (!answered.empty()) {
    const std::unique_ptr<Command> command = answered.pop_front();
    counted += command->counted ? 1 : 0;
    command->handler(std::move(*command->answer));
  }
  return counted;
}

void async_append(Sequencer& sequencer, const Limits& limits, const NewCommit& commit,
                  AppendHandler handler) {
  auto command = std::make_unique<Command>();
  command->commit = commit;
  command->handler = std::move(handler);
  Result<CommitSize> size = check_commit(commit, limits);
  if (!size) return sequencer.refuse(std::move(command), std::move(size).assume_error());
  command->size = size.assume_value();
  sequencer.submit(std::move(command));
}

}  // namespace esker::store
