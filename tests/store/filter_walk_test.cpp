#include "store/filter_walk.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "store/posting_fixture.hpp"

namespace esker::store {
namespace {

class FilterWalkFixture : public PostingFixture {
 protected:
  /// All that a walk proposes of `range`, with so much to look at before it pauses.
  std::vector<Position> walk(const Filter& filter, Direction direction, PositionRange range,
                             std::uint64_t budget) {
    FilterWalk walk(*reader_, hasher_, view_of(filter), direction);
    REQUIRE_FALSE(walk.everything());
    std::vector<Position> proposed;
    for (std::uint64_t calls = 0; !range.empty(); ++calls) {
      REQUIRE(calls < 10 * kEvents);  // it gets on
      std::uint64_t left = budget;
      const Proposal proposal = walk.next(range, left).value();
      if (proposal.kind == Proposal::Kind::none) break;
      range = range.from(direction, proposal.position);
      if (proposal.kind == Proposal::Kind::paused) continue;
      proposed.push_back(proposal.position);
      range = range.behind(direction, proposal.position);
    }
    return proposed;
  }

  /// The same by looking at every position.
  std::vector<Position> expected(const Filter& filter, Direction direction, PositionRange range) {
    std::vector<Position> positions;
    for (Position at = range.begin; at < range.end; at = at.next()) {
      const auto has = [&](const std::string& name) { return having(name).contains(at); };
      const bool fits = std::ranges::any_of(filter.items, [&](const QueryItem& item) {
        return (item.types.empty() || std::ranges::any_of(item.types, has)) &&
               std::ranges::all_of(item.tags, has);
      });
      if (fits) positions.push_back(at);
    }
    if (direction == Direction::backwards) std::reverse(positions.begin(), positions.end());
    return positions;
  }
};

}  // namespace

TEST_SUITE("store") {
  TEST_CASE_FIXTURE(FilterWalkFixture,
                    "filter walk: proposes what a look at every event would, however often it "
                    "pauses") {
    const std::vector<Filter> filters{
        {{}, {{.tags = {"half"}}}},
        {{}, {{.tags = {"half", "tenth"}}}},
        {{}, {{.tags = {"half", "tenth", "rare"}}}},
        {{}, {{.types = {"paid"}}}},
        {{}, {{{"paid", "placed"}, {"tenth"}}}},
        {{}, {{{"paid"}, {"tenth"}}, {.tags = {"rare"}}}},
        {{}, {{.tags = {"even", "odd"}}}},
        {{}, {{.tags = {"even", "odd"}}, {.tags = {"rare"}}}},
        {{}, {{.tags = {"rare"}}, {.tags = {"even", "odd", "half"}}, {.types = {"paid"}}}},
        {{}, {{{"none"}, {"half"}}, {{"placed"}, {"rare", "half"}}, {{"paid"}, {"rare"}}}},
        {Selector::category("s"), {{{"paid"}, {"tenth"}}}},
        {Selector::stream("s-1"), {{.tags = {"none"}}}}};
    for (std::size_t i = 0; i < filters.size(); ++i) {
      for (const Direction direction : {Direction::forwards, Direction::backwards}) {
        for (const PositionRange& range : {PositionRange{Position(1), Position(kEvents + 1)},
                                           PositionRange{Position(777), Position(5'000)},
                                           PositionRange{Position(9), Position(9)}}) {
          CAPTURE(i);
          const std::vector<Position> wanted = expected(filters[i], direction, range);
          CHECK(walk(filters[i], direction, range, Query::kNoLimit) == wanted);
          CHECK(walk(filters[i], direction, range, 7) == wanted);
        }
      }
    }
  }

  TEST_CASE_FIXTURE(FilterWalkFixture,
                    "filter walk: only a filter without any term is about everything") {
    const auto everything = [&](const Filter& filter) {
      return FilterWalk(*reader_, hasher_, view_of(filter), Direction::forwards).everything();
    };
    CHECK(everything({}));
    CHECK(everything({Selector::prefix("s")}));
    CHECK_FALSE(everything({Selector::prefix("s-")}));
    CHECK_FALSE(everything({Selector::stream("s-1")}));
    CHECK_FALSE(everything({{}, {{.types = {"t"}}}}));
  }

  TEST_CASE_FIXTURE(FilterWalkFixture,
                    "filter walk: an intersection with a rare term looks at little of a frequent "
                    "one") {
    const Filter filter{{}, {{.tags = {"half", "rare"}}}};
    FilterWalk walk(*reader_, hasher_, view_of(filter), Direction::forwards);
    PositionRange range{Position(1), Position(kEvents + 1)};
    std::uint64_t budget = Query::kNoLimit;
    while (true) {
      const Proposal proposal = walk.next(range, budget).value();
      if (proposal.kind == Proposal::Kind::none) break;
      range = range.behind(Direction::forwards, proposal.position);
    }
    CHECK(Query::kNoLimit - budget < 6 * having("rare").size());
  }
}

}  // namespace esker::store
