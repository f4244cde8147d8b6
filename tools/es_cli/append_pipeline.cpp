#include "es_cli/append_pipeline.hpp"

#include <span>
#include <utility>

namespace esker::tools {

namespace {
constexpr std::size_t kInFlightBytesMax = 16U << 20;  // a larger event goes alone
}

AppendPipeline::AppendPipeline(Client& client, std::uint32_t in_flight_max)
    : client_(client), in_flight_max_(in_flight_max) {}

AppendPipeline::~AppendPipeline() { finish(); }

bool AppendPipeline::append(std::uint64_t number, const EventLine& event) {
  const std::size_t bytes =
      event.data.size() + event.metadata.size() + event.tags.view().encoded().size();
  {
    base::MutexLock lock(mutex_);
    while (!failure_ && in_flight_ != 0 &&
           (in_flight_ >= in_flight_max_ || in_flight_bytes_ + bytes > kInFlightBytesMax)) {
      changed_.wait(mutex_);
    }
    if (failure_) return false;
    ++in_flight_;
    in_flight_bytes_ += bytes;
  }
  const NewEvent added{*event.id, event.type, as_bytes(event.data), as_bytes(event.metadata),
                       event.tags};
  client_.async_append(event.stream, Expected::any(), std::span(&added, 1),
                       [this, number, bytes](Result<AppendResult> result) {
                         answered(number, bytes, std::move(result));
                       });
  return true;
}

void AppendPipeline::answered(std::uint64_t line, std::size_t bytes, Result<AppendResult> result) {
  base::MutexLock lock(mutex_);
  --in_flight_;
  in_flight_bytes_ -= bytes;
  if (!result) {
    if (!failure_ || line < failure_->line) {
      failure_.emplace(Failure{line, std::move(result).error()});
    }
  } else if (result.value().outcome == AppendOutcome::written) {
    ++written_;
  } else {
    ++already_there_;
  }
  // Under the lock: behind it the pipeline may be gone.
  changed_.notify_all();
}

void AppendPipeline::finish() {
  base::MutexLock lock(mutex_);
  while (in_flight_ != 0) changed_.wait(mutex_);
}

std::optional<AppendPipeline::Failure> AppendPipeline::take_failure() {
  base::MutexLock lock(mutex_);
  return std::exchange(failure_, std::nullopt);
}

std::uint64_t AppendPipeline::written() const {
  base::MutexLock lock(mutex_);
  return written_;
}

std::uint64_t AppendPipeline::already_there() const {
  base::MutexLock lock(mutex_);
  return already_there_;
}

}  // namespace esker::tools
