#include "sim/sim_clock.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace esker::sim {

void SimClock::advance(std::chrono::nanoseconds by) {
  ESKER_ASSERT(by.count() >= 0);
  monotonic_ += by.count();
  now_ += static_cast<std::uint64_t>(by.count());
}

void SimClock::step(std::chrono::nanoseconds by) {
  const auto before = static_cast<std::int64_t>(now_.load());
  now_ = static_cast<std::uint64_t>(std::max<std::int64_t>(0, before + by.count()));
}

}  // namespace esker::sim
