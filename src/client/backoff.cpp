#include "client/backoff.hpp"

#include <algorithm>

namespace esker::client {

Backoff::Backoff(Duration min, Duration max, std::uint64_t seed)
    : min_(std::max(min, Duration(1))), max_(std::max(min_, max)), random_(seed) {}

Backoff::Duration Backoff::next() {
  const std::uint64_t attempt = attempts_++;
  if (attempt == 0) return Duration(0);
  Duration whole = min_;
  for (std::uint64_t i = 1; i < attempt && whole < max_; ++i) {
    whole = whole > max_ / 2 ? max_ : whole * 2;
  }
  std::uniform_int_distribution<Duration::rep> between(whole.count() - whole.count() / 2,
                                                       whole.count());
  return Duration(between(random_));
}

}  // namespace esker::client
