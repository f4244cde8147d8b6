#include "store/background.hpp"

#include <utility>

namespace esker::store {
namespace {

/// How long somebody waits for a damaged run to be rebuilt before being told that it is damaged.
constexpr std::chrono::nanoseconds kPassWait = std::chrono::seconds(10);

}  // namespace

bool Background::step() {
  if (urgency_ == Urgency::none) {
    base::MutexLock lock(mutex_);
    if (stopped_) return false;
  }
  return work_();
}

bool Background::wait() {
  base::MutexLock lock(mutex_);
  ++passes_;
  passed_.notify_all();
  while (!woken_ && !stopped_) {
    const std::optional<std::chrono::nanoseconds> due = due_();
    const std::chrono::nanoseconds now = clock_.monotonic();
    if (!due) {
      changed_.wait(mutex_);
    } else if (*due <= now || !changed_.wait_for(mutex_, *due - now)) {
      break;
    }
  }
  // What was announced before the end is done before the end.
  return std::exchange(woken_, false) || !stopped_;
}

void Background::wake() {
  base::MutexLock lock(mutex_);
  woken_ = true;
  changed_.notify_one();
}

void Background::stop() {
  base::MutexLock lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
  passed_.notify_all();
}

void Background::wait_for_pass() {
  const std::chrono::nanoseconds deadline = clock_.monotonic() + kPassWait;
  base::MutexLock lock(mutex_);
  // The pass that is under way may have looked too early; the one after it has not.
  const std::uint64_t until = passes_ + 2;
  while (!stopped_ && passes_ < until) {
    woken_ = true;
    changed_.notify_one();
    const std::chrono::nanoseconds now = clock_.monotonic();
    if (now >= deadline || !passed_.wait_for(mutex_, deadline - now)) return;
  }
}

}  // namespace esker::store
