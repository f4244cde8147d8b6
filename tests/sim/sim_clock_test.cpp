#include "sim/sim_clock.hpp"

#include <doctest/doctest.h>

namespace esker::sim {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

TEST_SUITE("sim") {
  TEST_CASE("sim clock: it stands still until it is moved") {
    SimClock clock;
    CHECK(clock.now() == SimClock::kStart);
    CHECK(clock.monotonic() == clock.monotonic());
  }

  TEST_CASE("sim clock: time that passes moves both clocks, a correction only the time of day") {
    SimClock clock(Timestamp(5'000'000'000));
    const auto before = clock.monotonic();
    clock.advance(seconds(2));
    CHECK(clock.now() == Timestamp(7'000'000'000));
    CHECK(clock.monotonic() - before == seconds(2));
    clock.step(-seconds(4));
    CHECK(clock.now() == Timestamp(3'000'000'000));
    clock.step(-hours(1));
    CHECK(clock.now() == Timestamp(0));
    clock.set(SimClock::kStart);
    CHECK(clock.now() == SimClock::kStart);
    CHECK(clock.monotonic() - before == seconds(2));
  }
}

}  // namespace
}  // namespace esker::sim
