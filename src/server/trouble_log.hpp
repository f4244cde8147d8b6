#pragma once

#include <chrono>
#include <map>

#include "base/mutex.hpp"
#include "esker/error.hpp"

namespace esker::server {

/// Which failed appends whoever runs the server must be told of: those whose reason is the store, not the request. Each reason at most
/// once a minute, since it comes with every append. Threads: any.
class TroubleLog {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds kAgainAfter{60};

  /// True when the error is to be told of now.
  bool is_news(const Error& error, TimePoint now);

 private:
  base::Mutex mutex_;
  std::map<Errc, TimePoint> told_ ESKER_GUARDED_BY(mutex_);
};

}  // namespace esker::server
