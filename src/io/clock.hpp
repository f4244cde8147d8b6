#pragma once

#include <chrono>
#include <cstdint>

#include "esker/types.hpp"

namespace esker::io {

/// The two clocks the engine may look at. Implementations are safe to use from any thread.
class Clock {
 public:
  virtual ~Clock() = default;

  /// UTC; may step in either direction.
  virtual Timestamp now() = 0;

  /// Never steps back; only differences mean anything.
  virtual std::chrono::nanoseconds monotonic() = 0;
};

/// How long so many bytes take at a rate; no time at a rate of 0, which is no limit.
inline std::chrono::nanoseconds time_for(std::uint64_t bytes, std::uint64_t bytes_per_second) {
  if (bytes_per_second == 0) return {};
  return std::chrono::nanoseconds(bytes * 1'000'000'000 / bytes_per_second);
}

/// The machine's clocks (CLOCK_REALTIME, CLOCK_MONOTONIC). Lives as long as the process.
Clock& system_clock();

}  // namespace esker::io
