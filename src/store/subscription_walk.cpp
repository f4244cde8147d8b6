#include "store/subscription_walk.hpp"

#include <utility>

namespace esker::store {
namespace {

Error finished_error() {
  return {Errc::closed, "the subscription has delivered all events that its query allows"};
}

}  // namespace

template <class Next>
std::invoke_result_t<Next, QueryWalk&> SubscriptionWalk::poll_with(Next next) {
  if (place_.cancelled.load(std::memory_order_relaxed))
    return Error(Errc::closed, "the subscription has been closed");
  auto found = next(*walk_);
  if (!found || found.assume_value() || walk_->finished()) return found;
  ESKER_TRY(walk_->extend());
  return next(*walk_);
}

Result<std::optional<EventView>> SubscriptionWalk::poll() {
  return poll_with([](QueryWalk& walk) { return walk.next(); });
}

Result<std::optional<RecordRun>> SubscriptionWalk::poll_run(std::size_t bytes_max) {
  return poll_with([bytes_max](QueryWalk& walk) { return walk.next_run(bytes_max); });
}

Result<std::optional<EventView>> SubscriptionWalk::next(std::chrono::nanoseconds timeout) {
  const std::chrono::nanoseconds deadline = waiters_.deadline(timeout);
  while (true) {
    ESKER_TRY(std::optional<EventView> event, poll());
    if (event) return event;
    if (walk_->finished()) return finished_error();
    ESKER_TRY(const bool more, waiters_.wait_until(place_, walk_->looked_at(), deadline));
    if (!more) return std::nullopt;
  }
}

void SubscriptionWalk::async_wait(WaitHandler handler) {
  if (walk_->finished()) waiters_.cancel(place_);
  waiters_.wait(place_, walk_->looked_at(), std::move(handler));
}

}  // namespace esker::store
