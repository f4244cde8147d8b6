#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "esker/event.hpp"
#include "esker/function.hpp"
#include "esker/query.hpp"
#include "esker/result.hpp"

namespace esker {

namespace store {
class SubscriptionWalk;
}

/// A cursor that waits at the end of the log instead of stopping. There is no seam between what was there and what comes: it is one
/// walk by position over one log.
///
/// Pulled, so a slow reader holds back nobody and nothing is buffered for it. Used by one thread at a time; `cancel` may come from
/// any. Must not outlive its store.
class Subscription {
 public:
  explicit Subscription(std::unique_ptr<store::SubscriptionWalk> walk);
  Subscription(Subscription&&) noexcept;
  Subscription& operator=(Subscription&&) noexcept;
  ~Subscription();

  /// The next event, or nothing when all that is visible has been delivered. Never waits. Views as in `Cursor::next`.
  /// Errors: as `Cursor::next`.
  Result<std::optional<EventView>> poll();

  /// The next event, waiting for it up to `timeout`; nothing when none came in time.
  /// Errors: as `Cursor::next`; `closed` after `cancel` or when the store is closed.
  Result<std::optional<EventView>> next(std::chrono::nanoseconds timeout);

  /// Calls `handler` once, when events have become visible that `poll` has not looked at, or with `closed` after `cancel` or when the
  /// store is closed. At most one at a time. Called on one of the store's threads, never inside this call, perhaps before it
  /// returns; it must not block, throw, or poll: hand over to a thread of your own.
  void async_wait(UniqueFunction<void(Result<void>)> handler);

  /// Ends a waiting `next` or `async_wait` with `closed`, now and from now on. Any thread.
  void cancel();

  /// Every event at or before this position that matches has been delivered, whether or not any did: the checkpoint to resume
  /// after, except for a stream, which is read by version: keep the last event's version there.
  [[nodiscard]] Position looked_at() const;

  /// The engine's own side of the subscription, for the server; nothing that an application can use.
  [[nodiscard]] store::SubscriptionWalk& walk() { return *walk_; }

 private:
  std::unique_ptr<store::SubscriptionWalk> walk_;
};

}  // namespace esker
