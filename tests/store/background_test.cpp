#include "store/background.hpp"

#include <doctest/doctest.h>

#include "sim/sim_clock.hpp"

namespace esker::store {
namespace {

Background idle_background(io::Clock& clock) {
  return Background([] { return false; },
                    []() -> std::optional<std::chrono::nanoseconds> { return std::nullopt; },
                    clock);
}

}  // namespace

TEST_SUITE("store") {
  TEST_CASE("background: what was announced before it is stopped is still done") {
    sim::SimClock clock;
    Background background = idle_background(clock);
    background.wake();
    background.stop();
    CHECK(background.wait());
    CHECK_FALSE(background.wait());
  }

  TEST_CASE("background: what nobody waits for is left undone when it is stopped") {
    sim::SimClock clock;
    for (const Urgency urgency : {Urgency::usual, Urgency::none}) {
      int left = 3;
      Background background(
          [&left] { return left > 0 && --left >= 0; },
          []() -> std::optional<std::chrono::nanoseconds> { return std::nullopt; }, clock, urgency);
      CHECK(background.step());
      background.stop();
      CHECK(background.step() == (urgency == Urgency::usual));
    }
  }

  TEST_CASE("background: waiting for a pass ends when it is stopped") {
    sim::SimClock clock;
    Background background = idle_background(clock);
    background.stop();
    background.wait_for_pass();
    CHECK_FALSE(background.wait());
  }
}

}  // namespace esker::store
