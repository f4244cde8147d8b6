#pragma once

#include <chrono>

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

/// The machine's clocks (CLOCK_REALTIME, CLOCK_MONOTONIC). Lives as long as the process.
Clock& system_clock();

}  // namespace esker::io
