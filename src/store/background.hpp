#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/mutex.hpp"
#include "esker/function.hpp"
#include "io/clock.hpp"

namespace esker::store {

/// Whether somebody waits for what a role does.
enum class Urgency : std::uint8_t {
  usual,
  none,  ///< Nobody: its thread takes what others leave of the processors, and what is left when it is stopped is left undone.
};

/// A background role, the log's or the index's: what it does, when there is something to do, and waiting for that. No thread of its own.
/// Threads: `step` and `wait` from one, the others from any.
class Background {
 public:
  /// `work`  does one bounded piece of work; false when there is none left for now.
  /// `due`   when there will be some although nobody says so by `wake`, on the clock's monotonic scale.
  Background(UniqueFunction<bool()> work,
             UniqueFunction<std::optional<std::chrono::nanoseconds>()> due, io::Clock& clock,
             Urgency urgency = Urgency::usual)
      : work_(std::move(work)), due_(std::move(due)), clock_(clock), urgency_(urgency) {}

  [[nodiscard]] Urgency urgency() const { return urgency_; }

  /// Does one bounded piece of work. False when there is none left for now, or nobody waits for it and the background has been stopped.
  bool step();

  /// Waits until there may be something to do. False when the background has been stopped and nothing was announced before.
  bool wait();

  /// There is something new to do.
  void wake();
  void stop();

  /// Wakes the background and waits until all its work has been tried once; at most a few seconds. At once when it has been stopped.
  void wait_for_pass();

 private:
  UniqueFunction<bool()> work_;
  UniqueFunction<std::optional<std::chrono::nanoseconds>()> due_;
  io::Clock& clock_;
  const Urgency urgency_;
  base::Mutex mutex_;
  base::Condition changed_;
  base::Condition passed_;
  bool woken_ ESKER_GUARDED_BY(mutex_) = false;
  bool stopped_ ESKER_GUARDED_BY(mutex_) = false;
  std::uint64_t passes_ ESKER_GUARDED_BY(mutex_) = 0;
};

}  // namespace esker::store
