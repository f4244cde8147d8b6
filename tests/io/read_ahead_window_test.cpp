#include "io/read_ahead_window.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>

namespace esker::io {
namespace {

/// Goes from `begin` to `end` in steps, and checks that all of it has been asked for before it is reached. How many windows that took.
std::size_t walk(ReadAheadWindow& window, std::uint64_t begin, std::uint64_t end,
                 std::uint64_t step) {
  std::size_t windows = 0;
  std::uint64_t asked_end = begin;
  for (std::uint64_t at = begin; at < end; at += step) {
    if (!window.calm(at)) {
      const ReadAheadWindow::Range range = window.reach(at);
      REQUIRE(range.begin < range.end);
      REQUIRE(range.begin <= std::max(asked_end, at));
      asked_end = range.end;
      ++windows;
    }
    REQUIRE(at < asked_end);
  }
  return windows;
}

}  // namespace

TEST_SUITE("io") {
  TEST_CASE("read ahead window: each place is asked for before it is reached, and once") {
    for (const std::uint64_t step : {1, 3, 100}) {
      CAPTURE(step);
      ReadAheadWindow window(8, 64);
      // 8 + 16 + 32, and then 64 each.
      CHECK(walk(window, 1000, 11'000, step) <= 4 + 10'000 / 64 + 1);
    }
  }

  TEST_CASE("read ahead window: it begins small again after a jump") {
    ReadAheadWindow window(8, 64);
    walk(window, 0, 1000, 1);
    for (const std::uint64_t place : {50'000, 20, 0}) {
      CAPTURE(place);
      REQUIRE_FALSE(window.calm(place));
      const ReadAheadWindow::Range range = window.reach(place);
      CHECK(range.begin == place);
      CHECK(range.end == place + 8);
    }
  }

  TEST_CASE("read ahead window: steps longer than a window let it grow") {
    ReadAheadWindow window(8, 64);
    std::uint64_t longest = 0;
    for (std::uint64_t at = 0; at < 2000; at += 20) {
      if (window.calm(at)) continue;
      const ReadAheadWindow::Range range = window.reach(at);
      longest = std::max(longest, range.end - range.begin);
    }
    CHECK(longest == 64);
  }

  TEST_CASE("read ahead window: of one unit") {
    ReadAheadWindow window(1, 1);
    CHECK(walk(window, 5, 10, 1) == 5);
  }
}

}  // namespace esker::io
