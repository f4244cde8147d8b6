#include "store/waiters.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace esker::store {
namespace {

Error closed_error() { return {Errc::closed, "the subscription or its store has been closed"}; }

/// Longer waits are done in pieces, so that a caller's "for ever" does not wrap the clock.
constexpr std::chrono::nanoseconds kWaitPiece = std::chrono::hours(1);

/// So many handlers are called for one look at those who wait.
constexpr std::size_t kAtOnce = 64;

}  // namespace

void Waiters::post(WaitHandler handler, std::optional<Error> error) {
  post_([handler = std::move(handler), error = std::move(error)]() mutable {
    handler(error ? Result<void>(std::move(*error)) : Result<void>(ok()));
  });
}

void Waiters::wait(Place& place, Position seen, WaitHandler handler) {
  {
    base::MutexLock lock(mutex_);
    if (place.handler) {
      lock.unlock();
      post(std::move(handler), Error(Errc::busy, "the subscription waits already"));
      return;
    }
    const bool ended = closed_ || place.cancelled;
    // Looked at under the lock: whoever makes more visible afterwards finds this place.
    if (!ended && visible_() <= seen) {
      place.handler = std::move(handler);
      place.seen = seen;
      place.index = waiting_.size();
      waiting_.push_back(&place);
      return;
    }
    if (ended) {
      lock.unlock();
      post(std::move(handler), closed_error());
      return;
    }
  }
  post(std::move(handler), std::nullopt);
}

std::chrono::nanoseconds Waiters::deadline(std::chrono::nanoseconds timeout) const {
  const std::chrono::nanoseconds now = clock_.monotonic();
  const bool wraps = timeout > std::chrono::nanoseconds::max() - now;
  return wraps ? std::chrono::nanoseconds::max() : now + timeout;
}

Result<bool> Waiters::wait_until(Place& place, Position seen, std::chrono::nanoseconds deadline) {
  base::MutexLock lock(mutex_);
  ++blocked_;
  while (!closed_ && !place.cancelled && visible_() <= seen) {
    const std::chrono::nanoseconds now = clock_.monotonic();
    if (now >= deadline) break;
    changed_.wait_for(mutex_, std::min(deadline - now, kWaitPiece));
  }
  --blocked_;
  if (closed_ || place.cancelled) return closed_error();
  return visible_() > seen;
}

void Waiters::remove(Place& place) {
  waiting_[place.index] = waiting_.back();
  waiting_[place.index]->index = place.index;
  waiting_.pop_back();
  place.index = Place::kNowhere;
}

void Waiters::cancel(Place& place) {
  WaitHandler handler;
  {
    base::MutexLock lock(mutex_);
    place.cancelled = true;
    if (place.index != Place::kNowhere) {
      handler = std::exchange(place.handler, WaitHandler());
      remove(place);
    }
    if (blocked_ > 0) changed_.notify_all();
  }
  if (handler) post(std::move(handler), closed_error());
}

// In a piece of memory that is there already: a wait must not be lost for want of it.
std::size_t Waiters::take_ready(std::span<WaitHandler> ready) {
  base::MutexLock lock(mutex_);
  const Position visible = visible_();
  std::size_t count = 0;
  for (std::size_t i = 0; i < waiting_.size() && count < ready.size();) {
    Place& place = *waiting_[i];
    if (visible <= place.seen) {
      ++i;
      continue;
    }
    ready[count++] = std::exchange(place.handler, WaitHandler());
    remove(place);  // brings another one to `i`
  }
  return count;
}

void Waiters::on_visible() {
  {
    base::MutexLock lock(mutex_);
    if (blocked_ > 0) changed_.notify_all();
  }
  std::array<WaitHandler, kAtOnce> ready;
  std::size_t count = kAtOnce;
  while (count == kAtOnce) {
    count = take_ready(ready);
    for (WaitHandler& handler : std::span(ready).first(count)) handler(ok());
  }
}

void Waiters::close() {
  std::vector<WaitHandler> ended;
  {
    base::MutexLock lock(mutex_);
    closed_ = true;
    ended.reserve(waiting_.size());
    for (Place* place : waiting_) {
      ended.push_back(std::exchange(place->handler, WaitHandler()));
      place->index = Place::kNowhere;
    }
    waiting_.clear();
    changed_.notify_all();
  }
  for (WaitHandler& handler : ended) post(std::move(handler), closed_error());
}

}  // namespace esker::store
