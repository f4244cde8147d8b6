#pragma once

#include <chrono>
#include <cstdint>
#include <random>

namespace esker::client {

/// How long to wait before each attempt to connect: nothing before the first, then longer and longer, with a random half taken off.
///
/// The jitter keeps many clients of one server from coming back all at once. Threads: one.
class Backoff {
 public:
  using Duration = std::chrono::nanoseconds;

  /// `min` and `max` as in `ClientOptions`; a `max` below `min` counts as `min`.
  Backoff(Duration min, Duration max, std::uint64_t seed);

  /// The wait before the next attempt, which is thereby counted.
  Duration next();

  /// The last attempt led to a connection that lasted.
  void reset() { attempts_ = 0; }

 private:
  Duration min_;
  Duration max_;
  std::uint64_t attempts_ = 0;
  std::mt19937_64 random_;
};

}  // namespace esker::client
