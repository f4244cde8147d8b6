#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/mutex.hpp"

namespace esker::server {

/// How much is logged of peers that are sent away: at most `kLinesMax` lines a second, since a peer can come back as often as it likes
/// and must not be able to fill a disk. Threads: any.
class PeerLog {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  static constexpr std::uint64_t kLinesMax = 10;

  /// Whether there may be a line now, and then how many there might not be since the last one.
  std::optional<std::uint64_t> admit(TimePoint now);

 private:
  base::Mutex mutex_;
  std::optional<TimePoint> second_ ESKER_GUARDED_BY(mutex_);  // when it began
  std::uint64_t lines_ ESKER_GUARDED_BY(mutex_) = 0;          // in it
  std::uint64_t left_out_ ESKER_GUARDED_BY(mutex_) = 0;
};

}  // namespace esker::server
