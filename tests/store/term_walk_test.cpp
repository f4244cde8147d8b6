#include "store/term_walk.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "store/posting_fixture.hpp"

namespace esker::store {

TEST_SUITE("store") {
  TEST_CASE_FIXTURE(PostingFixture, "term walk: goes through all positions, either way") {
    for (const Direction direction : {Direction::forwards, Direction::backwards}) {
      for (const char* const name : {"half", "rare"}) {
        TermWalk walk(*reader_, hasher_.tag(name), direction);
        std::vector<Position> walked;
        PositionRange rest{Position(1), Position(kEvents + 1)};
        while (const std::optional<Position> found = walk.next(rest).value()) {
          walked.push_back(*found);
          rest = rest.behind(direction, *found);
        }
        if (direction == Direction::backwards) std::reverse(walked.begin(), walked.end());
        CHECK(std::set(walked.begin(), walked.end()) == having(name));
        CHECK(walked.size() == having(name).size());
      }
    }
  }

  TEST_CASE_FIXTURE(PostingFixture, "term walk: jumps of any length find the next position") {
    const std::set<Position>& all = having("tenth");
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
      CAPTURE(seed);
      sim::Random random(seed);
      TermWalk walk(*reader_, hasher_.tag("tenth"), Direction::forwards);
      PositionRange rest{Position(1), Position(kEvents / 2)};
      while (rest.begin.value() < kEvents) {
        const auto expected = all.lower_bound(rest.begin);
        const std::optional<Position> found = walk.next(rest).value();
        if (expected == all.end() || *expected >= rest.end) {
          CHECK_FALSE(found.has_value());
        } else {
          CHECK(found == *expected);
        }
        rest.begin = rest.begin.plus(1 + random.below(random.below(4) == 0 ? 3'000 : 20));
        rest.end = std::max(rest.end, rest.begin.plus(random.below(2'000)));
      }
    }
  }

  TEST_CASE_FIXTURE(PostingFixture, "term walk: what is added behind its end is found later") {
    TermWalk walk(*reader_, hasher_.tag("new"), Direction::forwards);
    const PositionRange before{Position(1), Position(kEvents + 1)};
    CHECK_FALSE(walk.next(before).value().has_value());
    const index::Term added = hasher_.tag("new");
    index_->add(Position(kEvents + 1), {{}, {}, {}, {}, std::span(&added, 1)});
    CHECK_FALSE(walk.next(before).value().has_value());
    CHECK(walk.next({Position(5), Position(kEvents + 2)}).value() == Position(kEvents + 1));
  }
}

}  // namespace esker::store
