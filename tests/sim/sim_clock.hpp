#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "io/clock.hpp"

namespace esker::sim {

/// Two clocks that stand still until a test moves them. Threads: any.
class SimClock final : public io::Clock {
 public:
  /// A day in 2026, so that times look like times.
  static constexpr Timestamp kStart{1'780'000'000'000'000'000};

  explicit SimClock(Timestamp start = kStart) : now_(start.value()) {}

  Timestamp now() override { return Timestamp(now_); }
  std::chrono::nanoseconds monotonic() override { return std::chrono::nanoseconds(monotonic_); }

  /// Time passes: both clocks go forward. `by` is not negative.
  void advance(std::chrono::nanoseconds by);

  /// Somebody corrects the time of day: UTC jumps in either direction (not below 1970), the monotonic clock does not.
  void step(std::chrono::nanoseconds by);
  void set(Timestamp now) { now_ = now.value(); }

 private:
  std::atomic<std::uint64_t> now_;
  std::atomic<std::int64_t> monotonic_{1'000'000'000};
};

}  // namespace esker::sim
