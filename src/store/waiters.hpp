#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/mutex.hpp"
#include "esker/function.hpp"
#include "esker/result.hpp"
#include "esker/types.hpp"
#include "io/clock.hpp"

namespace esker::store {

using WaitHandler = UniqueFunction<void(Result<void>)>;

/// Those who wait for the visible position to move on: at most one wait for each subscription, so bounded by their number.
///
/// Handlers run on the store's threads (`on_visible`'s caller, or where `post` brings them), never inside the call that
/// waits or cancels. Threads: any.
class Waiters {
 public:
  /// A subscription's place among the waiters. It goes with its subscription, which removes it by `cancel`.
  struct Place {
    WaitHandler handler;                  // set while it waits
    Position seen;                        // it waits for more than this
    std::size_t index = kNowhere;         // in `waiting_`
    std::atomic<bool> cancelled = false;  // changed under the lock
    static constexpr std::size_t kNowhere = SIZE_MAX;
  };

  /// `visible` is the position up to which events can be read; it only grows, and `on_visible` is called after it has.
  /// `post` runs a task soon on one of the store's threads.
  Waiters(UniqueFunction<Position()> visible, UniqueFunction<void(UniqueFunction<void()>)> post,
          io::Clock& clock)
      : visible_(std::move(visible)), post_(std::move(post)), clock_(clock) {}

  /// Calls `handler` once: when more than `seen` is visible, or with `closed` after `cancel` or `close`.
  /// When one waits there already, the new one gets `busy`.
  void wait(Place& place, Position seen, WaitHandler handler);

  /// When a wait of `timeout` that begins now is over, on the clock's monotonic scale; never wraps.
  [[nodiscard]] std::chrono::nanoseconds deadline(std::chrono::nanoseconds timeout) const;

  /// Waits until then for the same. True when more is visible, false when the time is over. Errors: `closed`.
  Result<bool> wait_until(Place& place, Position seen, std::chrono::nanoseconds deadline);

  /// Ends the waits at `place`, now and from now on.
  void cancel(Place& place);

  /// The visible position has moved on.
  void on_visible();

  /// Ends all waits, now and from now on.
  void close();

 private:
  /// Takes handlers whose position is visible, as many as there is room for. How many.
  std::size_t take_ready(std::span<WaitHandler> ready);
  void remove(Place& place) ESKER_REQUIRES(mutex_);
  void post(WaitHandler handler, std::optional<Error> error);

  UniqueFunction<Position()> visible_;
  UniqueFunction<void(UniqueFunction<void()>)> post_;
  io::Clock& clock_;
  mutable base::Mutex mutex_;
  base::Condition changed_;
  std::vector<Place*> waiting_ ESKER_GUARDED_BY(mutex_);
  std::size_t blocked_ ESKER_GUARDED_BY(mutex_) = 0;
  bool closed_ ESKER_GUARDED_BY(mutex_) = false;
};

}  // namespace esker::store
