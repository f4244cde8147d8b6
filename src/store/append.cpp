#include "store/append.hpp"

#include "store/sequencer.hpp"

namespace esker::store {

void Answered::add(std::unique_ptr<Command> command, Result<AppendResult> result) {
  answers_.push_back({std::move(command), std::move(result)});
}

std::size_t Answered::deliver() noexcept {
  std::size_t counted = 0;
  for (Answer& answer : answers_) {
    counted += answer.command->counted ? 1 : 0;
    answer.command->handler(std::move(answer.result));
  }
  answers_.clear();
  return counted;
}

void async_append(Sequencer& sequencer, const Limits& limits, std::span<const StreamAppend> streams,
                  AppendHandler handler) {
  auto command = std::make_unique<Command>();
  command->streams = streams;
  command->handler = std::move(handler);
  Result<CommitSize> size = check_commit(streams, limits);
  if (!size) return sequencer.refuse(std::move(command), std::move(size).assume_error());
  command->size = size.assume_value();
  sequencer.submit(std::move(command));
}

}  // namespace esker::store
