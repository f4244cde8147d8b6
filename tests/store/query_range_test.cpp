#include "store/query_range.hpp"

#include <doctest/doctest.h>

#include "support/sim_store.hpp"

namespace esker::tests {
namespace {

using Positions = std::vector<std::uint64_t>;

/// Ten events, two at each tick of the clock, in two streams in turn; each fifth one is a snapshot.
struct Timed {
  Timed() {
    REQUIRE(store.open());
    for (std::uint64_t i = 0; i < 10; ++i) {
      if (i % 2 == 0) store.clock().set(Timestamp(1'000 + 100 * i));
      const char* const type = i % 5 == 4 ? "snapshot" : "happened";
      REQUIRE(store.append({{i % 2 == 0 ? "a-1" : "b-1", Expected::any(), events(1, 1 + i, type)}})
                  ->has_value());
    }
  }

  Positions read(const Query& query) {
    const Result<std::vector<ModelEvent>> events = store.read(query);
    REQUIRE(events.has_value());
    Positions positions;
    for (const ModelEvent& event : events.assume_value()) {
      positions.push_back(event.position.value());
    }
    return positions;
  }

  SimStore store;
};

}  // namespace

TEST_SUITE("store") {
  TEST_CASE("query range: times select what was recorded within them, themselves included") {
    Timed timed;
    CHECK(timed.read({.since = Timestamp(1'600)}) == Positions{7, 8, 9, 10});
    CHECK(timed.read({.since = Timestamp(1'601)}) == Positions{9, 10});
    CHECK(timed.read({.since = Timestamp(9'999)}).empty());
    CHECK(timed.read({.until = Timestamp(1'200)}) == Positions{1, 2, 3, 4});
    CHECK(timed.read({.until = Timestamp(1'199)}) == Positions{1, 2});
    CHECK(timed.read({.until = Timestamp(1)}).empty());
    CHECK(timed.read({.since = Timestamp(1'200), .until = Timestamp(1'400)}) ==
          Positions{3, 4, 5, 6});
    CHECK(timed.read({.since = Timestamp(1'400), .until = Timestamp(1'200)}).empty());
    CHECK(timed.read({.selector = Selector::stream("b-1"), .since = Timestamp(1'600)}) ==
          Positions{8, 10});
    CHECK(timed.read({.direction = Direction::backwards,
                      .from = Query::kEnd,
                      .limit = 2,
                      .until = Timestamp(1'300)}) == Positions{4, 3});
  }

  TEST_CASE("query range: to ends a read in either direction, by version within a stream") {
    Timed timed;
    CHECK(timed.read({.from = 3, .to = 5}) == Positions{3, 4, 5});
    CHECK(timed.read({.from = 5, .to = 3}).empty());
    CHECK(timed.read({.direction = Direction::backwards, .from = 5, .to = 4}) == Positions{5, 4});
    CHECK(timed.read({.selector = Selector::stream("a-1"), .from = 2, .to = 3}) == Positions{3, 5});
    CHECK(timed.read({.selector = Selector::stream("a-1"),
                      .direction = Direction::backwards,
                      .from = 3,
                      .to = 2}) == Positions{5, 3});
    CHECK(timed.read({.to = 0}).empty());
    CHECK(timed.read({.to = 99}).size() == 10);
  }

  TEST_CASE("query range: as of a position the store is what it was then") {
    Timed timed;
    CHECK(timed.read({.as_of = Position(4)}) == Positions{1, 2, 3, 4});
    CHECK(timed.read(
              {.direction = Direction::backwards, .from = Query::kEnd, .as_of = Position(2)}) ==
          Positions{2, 1});
    const auto from = [&](std::uint64_t version) {
      return timed.store.read(
          {.selector = Selector::stream("a-1"), .from = version, .as_of = Position(4)});
    };
    CHECK(from(3).value().empty());
    CHECK(from(4).assume_error().code() == Errc::position_ahead);
    CHECK(timed.store.read({.as_of = Position(11)}).assume_error().code() == Errc::position_ahead);
  }

  TEST_CASE("query range: a read begins at the last event of a type, if there is one") {
    Timed timed;
    CHECK(timed.read({.from_last = "snapshot"}) == Positions{10});
    CHECK(timed.read({.selector = Selector::stream("a-1"), .from_last = "snapshot"}) ==
          Positions{5, 7, 9});
    CHECK(timed.read({.as_of = Position(8), .from_last = "snapshot"}) == Positions{5, 6, 7, 8});
    CHECK(timed.read({.from = 7, .from_last = "none"}) == Positions{7, 8, 9, 10});
    CHECK(timed.store.read({.direction = Direction::backwards, .from_last = "snapshot"})
              .assume_error()
              .code() == Errc::invalid_argument);
  }

  TEST_CASE("query range: streams are listed by their first events") {
    Timed timed;
    CHECK(timed.read({.first_of_stream = true}) == Positions{1, 2});
    CHECK(timed.read({.selector = Selector::prefix("b"), .first_of_stream = true}) == Positions{2});
    CHECK(timed.read({.selector = Selector::category("a"), .first_of_stream = true}) ==
          Positions{1});
  }

  TEST_CASE("query range: an event is found by its id") {
    Timed timed;
    CHECK(timed.read({.selector = Selector::id(id_of(7))}) == Positions{7});
    CHECK(timed.read({.selector = Selector::id(id_of(70))}).empty());
  }
}

}  // namespace esker::tests
