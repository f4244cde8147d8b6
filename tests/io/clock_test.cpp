#include "io/clock.hpp"

#include <doctest/doctest.h>

#include <ctime>

namespace esker::io {
namespace {

TEST_SUITE("io") {
  TEST_CASE("clock: now is the machine's UTC in nanoseconds") {
    const auto before = static_cast<std::uint64_t>(std::time(nullptr));
    const std::uint64_t now = system_clock().now().value() / 1'000'000'000;
    CHECK(now + 1 >= before);
    CHECK(now <= static_cast<std::uint64_t>(std::time(nullptr)) + 1);
  }

  TEST_CASE("clock: what bytes take at a rate, and nothing without one") {
    CHECK(time_for(1 << 20, 1 << 20) == std::chrono::seconds(1));
    CHECK(time_for(1 << 10, 1 << 20) == std::chrono::nanoseconds(976'562));
    CHECK(time_for(0, 5) == std::chrono::nanoseconds(0));
    CHECK(time_for(1 << 20, 0) == std::chrono::nanoseconds(0));
  }

  TEST_CASE("clock: monotonic never steps back") {
    auto last = system_clock().monotonic();
    for (int round = 0; round < 1000; ++round) {
      const auto next = system_clock().monotonic();
      CHECK(next >= last);
      last = next;
    }
  }
}

}  // namespace
}  // namespace esker::io
