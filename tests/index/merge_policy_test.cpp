#include "index/merge_policy.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "index/run_format.hpp"
#include "sim/random.hpp"

TEST_SUITE("index") {
  using namespace esker;
  using namespace esker::index;

  namespace {

  /// Runs next to each other that cover so many segments each, of ten positions.
  std::vector<MergeCandidate> runs_of(const std::vector<std::uint64_t>& segments) {
    std::vector<MergeCandidate> runs;
    std::uint64_t id = 1;
    for (const std::uint64_t count : segments) {
      runs.push_back({SegmentId(id), SegmentId(id + count - 1), Position(10 * id),
                      Position(10 * (id + count)), 1000, true});
      id += count;
    }
    return runs;
  }

  void merge(std::vector<MergeCandidate>& runs, const MergeChoice& choice, std::uint64_t fan_out) {
    const auto first = runs.begin() + static_cast<std::ptrdiff_t>(choice.begin);
    const auto last = first + static_cast<std::ptrdiff_t>(fan_out - 1);
    first->last_segment = last->last_segment;
    first->end = last->end;
    runs.erase(first + 1, last + 1);
  }

  }  // namespace

  TEST_CASE("merge policy: a run's level is the logarithm of its segments") {
    CHECK(run_level(1, 4) == 0);
    CHECK(run_level(3, 4) == 0);
    CHECK(run_level(4, 4) == 1);
    CHECK(run_level(15, 4) == 1);
    CHECK(run_level(16, 4) == 2);
    CHECK(run_level(7, 2) == 2);
  }

  TEST_CASE(
      "merge policy: as many runs of a level as the fan-out become one, the lowest level first") {
    CHECK(!choose_merge(runs_of({}), 4));
    CHECK(!choose_merge(runs_of({16, 4, 4, 4, 1, 1, 1}), 4));
    const auto chosen = choose_merge(runs_of({4, 4, 4, 4, 1, 1, 1, 1}), 4);
    REQUIRE(chosen);
    CHECK(chosen->begin == 4);
    CHECK(chosen->level == 0);
    CHECK(choose_merge(runs_of({4, 4, 4, 4, 1, 1, 1}), 4)->begin == 0);
    CHECK(choose_merge(runs_of({4, 4, 4, 4, 1, 1, 1}), 4)->level == 1);
  }

  TEST_CASE("merge policy: small runs that got stuck before large ones count as these") {
    CHECK(choose_merge(runs_of({16, 1, 1, 16}), 4)->begin == 0);
    CHECK(choose_merge(runs_of({1, 16, 16, 16}), 4)->level == 2);
    CHECK(!choose_merge(runs_of({1, 16, 16, 1}), 4));
  }

  TEST_CASE("merge policy: runs that are taken, or not next to each other, are not merged") {
    auto runs = runs_of({1, 1, 1, 1, 1, 1, 1, 1});
    runs[2].available = false;
    CHECK(choose_merge(runs, 4)->begin == 3);
    runs[6].available = false;
    CHECK(!choose_merge(runs, 4));
    runs = runs_of({1, 1, 1, 1});
    runs[3].first_segment = runs[3].last_segment = SegmentId(5);
    CHECK(!choose_merge(runs, 4));
  }

  TEST_CASE("merge policy: a merged run has neither too many positions nor too many bytes") {
    auto runs = runs_of({1, 1});
    runs[1].end = runs[0].first.plus(kRunPositionsMax);
    CHECK(choose_merge(runs, 2));
    runs[1].end = runs[0].first.plus(kRunPositionsMax + 1);
    CHECK(!choose_merge(runs, 2));
    runs = runs_of({1, 1});
    runs[0].bytes = kRunBytesMax - 1000;
    CHECK(choose_merge(runs, 2));
    runs[0].bytes += 1;
    CHECK(!choose_merge(runs, 2));
    // Others are not held up by them.
    runs = runs_of({1, 1, 1, 1});
    runs[0].bytes = kRunBytesMax;
    CHECK(choose_merge(runs, 2)->begin == 1);
  }

  TEST_CASE("merge policy: the number of runs grows with the logarithm, and what is written, too") {
    for (const std::uint64_t fan_out : {2, 4, 10}) {
      CAPTURE(fan_out);
      std::vector<MergeCandidate> runs;
      std::uint64_t written = 0;
      constexpr std::uint64_t kSegments = 3000;
      for (std::uint64_t id = 1; id <= kSegments; ++id) {
        runs.push_back(
            {SegmentId(id), SegmentId(id), Position(10 * id), Position(10 * (id + 1)), 1, true});
        while (const auto choice = choose_merge(runs, fan_out)) {
          merge(runs, *choice, fan_out);
          const MergeCandidate& merged = runs[choice->begin];
          written += merged.last_segment.value() - merged.first_segment.value() + 1;
        }
        REQUIRE(runs.size() <= (fan_out - 1) * (run_level(id, fan_out) + 1));
      }
      CHECK(written <= kSegments * run_level(kSegments, fan_out));
    }
  }

  TEST_CASE("merge policy: whatever runs there are, merging ends at few") {
    sim::Random random(7);
    for (int round = 0; round < 200; ++round) {
      std::vector<std::uint64_t> segments(1 + random.below(60));
      for (std::uint64_t& count : segments) count = 1ULL << random.below(9);
      auto runs = runs_of(segments);
      while (const auto choice = choose_merge(runs, 4)) merge(runs, *choice, 4);
      const unsigned levels = run_level(runs.back().last_segment.value(), 4) + 1;
      REQUIRE(runs.size() <= 3 * levels);
    }
  }
}
