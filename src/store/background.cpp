#include "store/background.hpp"

#include <algorithm>

namespace esker::store {
namespace {

/// How often work that failed (no space for a run) is tried again when nothing else happens.
constexpr std::chrono::nanoseconds kRetry = std::chrono::seconds(1);

/// How long somebody waits for a damaged run to be rebuilt before being told that it is damaged.
constexpr std::chrono::nanoseconds kPassWait = std::chrono::seconds(10);

}  // namespace

bool Background::step() {
  const bool more_log = log_.background_step();
  const bool more_index = index_.background_step();
  return more_log || more_index;
}

bool Background::wait() {
  const std::uint64_t runs = index_.stats().runs;
  base::MutexLock lock(mutex_);
  ++passes_;
  passed_.notify_all();
  while (!woken_ && !stopped_) {
    std::optional<std::chrono::nanoseconds> due = log_.background_due();
    const std::chrono::nanoseconds now = clock_.monotonic();
    if (runs < sealed_) due = std::min(due.value_or(now + kRetry), now + kRetry);
    if (!due) {
      work_.wait(mutex_);
    } else if (*due <= now || !work_.wait_for(mutex_, *due - now)) {
      break;
    }
  }
  woken_ = false;
  return !stopped_;
}

void Background::wake() {
  base::MutexLock lock(mutex_);
  woken_ = true;
  work_.notify_one();
}

void Background::stop() {
  base::MutexLock lock(mutex_);
  stopped_ = true;
  work_.notify_all();
  passed_.notify_all();
}

void Background::on_sealed(const log::Segment& segment) {
  index_.segment_sealed(
      {segment.header().id, segment.header().salt, segment.first(), segment.end()});
  base::MutexLock lock(mutex_);
  ++sealed_;
  woken_ = true;
}

void Background::wait_for_pass() {
  const std::chrono::nanoseconds deadline = clock_.monotonic() + kPassWait;
  base::MutexLock lock(mutex_);
  // The pass that is under way may have looked too early; the one after it has not.
  const std::uint64_t until = passes_ + 2;
  while (!stopped_ && passes_ < until) {
    woken_ = true;
    work_.notify_one();
    const std::chrono::nanoseconds now = clock_.monotonic();
    if (now >= deadline || !passed_.wait_for(mutex_, deadline - now)) return;
  }
}

}  // namespace esker::store
