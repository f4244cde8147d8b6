#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace esker::server {

/// Notices from tick to tick that something does not move on, so that what moves need not read the clock. Late by a tick at most.
class StallWatch {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// True when `progress` has been the same at all ticks for `timeout` or longer.
  bool stalled(std::uint64_t progress, TimePoint now, std::chrono::milliseconds timeout) {
    if (seen_ != progress) {
      seen_ = progress;
      since_ = now;
      return false;
    }
    return now - since_ >= timeout;
  }

  /// There is nothing to wait for now.
  void reset() { seen_.reset(); }

 private:
  std::optional<std::uint64_t> seen_;
  TimePoint since_;
};

}  // namespace esker::server
