#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <type_traits>

#include "esker/event.hpp"
#include "store/query_walk.hpp"
#include "store/waiters.hpp"

namespace esker::store {

/// A walk that goes on with what becomes visible: catching up and live are the same thing. Threads: as `Subscription`.
class SubscriptionWalk {
 public:
  SubscriptionWalk(std::unique_ptr<QueryWalk> walk, Waiters& waiters)
      : walk_(std::move(walk)), waiters_(waiters) {}
  ~SubscriptionWalk() { waiters_.cancel(place_); }
  SubscriptionWalk(const SubscriptionWalk&) = delete;
  SubscriptionWalk& operator=(const SubscriptionWalk&) = delete;

  Result<std::optional<EventView>> poll();
  Result<std::optional<EventView>> next(std::chrono::nanoseconds timeout);
  void async_wait(WaitHandler handler);
  void cancel() { waiters_.cancel(place_); }
  [[nodiscard]] Position looked_at() const { return walk_->looked_at(); }
  /// As `poll`, of `QueryWalk::next_run`.
  Result<std::optional<RecordRun>> poll_run(std::size_t bytes_max);
  /// As `QueryWalk::finished`.
  [[nodiscard]] bool finished() const { return walk_->finished(); }

 private:
  /// What `next` of the walk answers, also with what has become visible since.
  template <class Next>
  std::invoke_result_t<Next, QueryWalk&> poll_with(Next next);

  std::unique_ptr<QueryWalk> walk_;
  Waiters& waiters_;
  Waiters::Place place_;
};

}  // namespace esker::store
