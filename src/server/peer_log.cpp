#include "server/peer_log.hpp"

#include <utility>

namespace esker::server {

std::optional<std::uint64_t> PeerLog::admit(TimePoint now) {
  const base::MutexLock lock(mutex_);
  if (!second_ || now - *second_ >= std::chrono::seconds(1)) {
    second_ = now;
    lines_ = 0;
  }
  if (lines_ == kLinesMax) {
    ++left_out_;
    return std::nullopt;
  }
  ++lines_;
  return std::exchange(left_out_, 0);
}

}  // namespace esker::server
