#include "log/neighbours.hpp"

#include "log/log_fixture.hpp"

namespace esker::log {
namespace {

using Sizes = std::vector<std::size_t>;

Sizes sizes_of(const std::vector<std::vector<std::shared_ptr<Segment>>>& groups) {
  Sizes sizes;
  for (const auto& group : groups) sizes.push_back(group.size());
  return sizes;
}

}  // namespace

TEST_SUITE("log") {
  TEST_CASE_FIXTURE(LogFixture, "neighbours: as many small segments as fit are put together") {
    open();
    fill_segments(8);  // of 64 KiB, seven sealed
    const auto set = log_->segments();
    const auto groups = [&](std::uint64_t bytes) {
      return sizes_of(small_neighbours(set->all(), bytes));
    };
    CHECK(groups(64 << 10).empty());  // none is small
    CHECK(groups(100 << 10).empty());
    CHECK(groups(150 << 10) == Sizes{2, 2, 2});  // the last one stays alone
    CHECK(groups(210 << 10) == Sizes{3, 3});
    CHECK(groups(16 << 20) == Sizes{7});  // never the active one
    CHECK(small_neighbours(set->all(), 16 << 20).front().front() == set->all().front());
    CHECK(small_neighbours({}, 16 << 20).empty());
  }

  TEST_CASE_FIXTURE(LogFixture,
                    "neighbours: a large segment parts those before it from those behind") {
    open();
    for (int i = 0; i < 2; ++i) {
      fill_segments(log_->segments()->all().size() + 2);
      committed(1, 400 << 10);  // has a segment of its own
      committed(8, 1000);
      run_background();
    }
    const auto set = log_->segments();
    for (const auto& group : small_neighbours(set->all(), 512 << 10)) {
      for (std::size_t i = 0; i < group.size(); ++i) {
        CHECK(group[i]->header().file_bytes < (256 << 10));
        if (i > 0) CHECK(group[i]->first() == group[i - 1]->end());
      }
    }
    CHECK(small_neighbours(set->all(), 512 << 10).size() == 2);
  }
}

}  // namespace esker::log
