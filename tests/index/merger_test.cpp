#include "index/merger.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cerrno>

#include "index/index_fixture.hpp"
#include "sim/sim_clock.hpp"
#include "sim/sim_disk.hpp"

TEST_SUITE("index") {
  using namespace esker;
  using namespace esker::index;
  using namespace std::chrono_literals;

  namespace {

  constexpr IndexOptions kOptions{.merge_fan_out = 2,
                                  .merge_bytes_per_second = 1'000'000,
                                  .merge_piece_bytes = 1'000,
                                  .merge_sync_bytes = 4'000};

  /// A model's runs on the simulated disk, and a merger that works on them.
  class MergerFixture {
   protected:
    void add_runs(std::size_t segments) {
      for (; segments > 0; --segments) {
        const SegmentId id = next_;
        next_ = id.next();
        sources_.push_back(model_.make_source(*directory_, id));
      }
    }

    /// Lets the merger go on until it has made a run, which takes its inputs' place.
    void merge_once() {
      while (true) {
        REQUIRE(merger_.due(sources_));
        clock_.advance(1s);
        auto merged = merger_.step(sources_);
        REQUIRE(merged.has_value());
        if (merged.value()) return replace(*merged.value());
      }
    }

    void replace(const MergedRuns& merged) {
      const auto begin = std::ranges::find(sources_, merged.source.segment, &Source::segment);
      *begin = merged.source;
      sources_.erase(begin + 1, begin + static_cast<std::ptrdiff_t>(merged.inputs.size()));
    }

    EventSource source_{60};
    IndexModel model_ = make_model(source_, 8, 100);
    sim::SimDisk disk_;
    sim::SimClock clock_;
    std::unique_ptr<io::Directory> directory_ = disk_.open_directory();
    Sources sources_;
    SegmentId next_{1};
    Merger merger_{*directory_, clock_, test_store(), kOptions};
  };

  }  // namespace

  TEST_CASE_FIXTURE(MergerFixture, "merger: there is nothing due until enough runs are there") {
    CHECK(!merger_.due(sources_));
    add_runs(1);
    CHECK(!merger_.due(sources_));
    CHECK(!merger_.step(sources_).value());
    add_runs(1);
    CHECK(merger_.is_due(sources_));
    merge_once();
    CHECK(sources_.size() == 1);
    CHECK(sources_[0].whole());
    CHECK(!merger_.due(sources_));
  }

  TEST_CASE_FIXTURE(MergerFixture, "merger: it works no faster than it may") {
    add_runs(8);
    const std::chrono::nanoseconds begin = clock_.monotonic();
    std::size_t pieces = 0;
    while (const auto due = merger_.due(sources_)) {
      if (*due > clock_.monotonic()) {
        CHECK(!merger_.is_due(sources_));
        clock_.advance(*due - clock_.monotonic());
      }
      CHECK(merger_.is_due(sources_));
      auto merged = merger_.step(sources_);
      REQUIRE(merged.has_value());
      if (merged.value()) replace(*merged.value());
      ++pieces;
    }
    CHECK(sources_.size() == 1);
    CHECK(pieces > 100);
    const std::chrono::nanoseconds pause = clock_.monotonic() - begin;
    const std::chrono::nanoseconds least(merger_.merged_bytes() * 1000);  // a megabyte a second
    // Less what the last piece may have written before its pause, and what rounding takes.
    CHECK(pause >= least - 100ms);
    CHECK(pause <= least);
  }

  TEST_CASE_FIXTURE(MergerFixture, "merger: small runs are merged before a large merge goes on") {
    add_runs(2);
    merge_once();
    add_runs(2);
    merge_once();
    REQUIRE(sources_.size() == 2);
    // The merge of the two large runs has begun when two small ones come.
    for (int piece = 0; piece < 5; ++piece) {
      clock_.advance(1s);
      REQUIRE(!merger_.step(sources_).value());
    }
    add_runs(2);
    merge_once();
    REQUIRE(sources_.size() == 3);
    CHECK(sources_[2].segment == SegmentId(5));
    CHECK(sources_[2].sealed->size() == 2);
    merge_once();
    REQUIRE(sources_.size() == 2);
    CHECK(sources_[0].sealed->size() == 4);
    CHECK(sources_[1].sealed->size() == 2);
  }

  TEST_CASE_FIXTURE(MergerFixture, "merger: a merge that fails is abandoned and begun anew later") {
    add_runs(2);
    disk_.add_fault(
        {.call = sim::Call::pwrite, .name = "*.tmp", .for_ever = true, .error = ENOSPC});
    while (true) {
      clock_.advance(1s);
      auto merged = merger_.step(sources_);
      if (merged) continue;
      CHECK(merged.error().code() == Errc::no_space);
      break;
    }
    CHECK(disk_.names().size() == 2);
    CHECK(!merger_.is_due(sources_));
    clock_.advance(*merger_.due(sources_) - clock_.monotonic());
    CHECK(merger_.is_due(sources_));
    disk_.clear_faults();
    merge_once();
    CHECK(sources_.size() == 1);
  }

  TEST_CASE_FIXTURE(MergerFixture,
                    "merger: what was begun with a run that proves damaged is abandoned") {
    add_runs(2);
    for (int piece = 0; piece < 14; ++piece) {
      clock_.advance(1s);
      REQUIRE(!merger_.step(sources_).value());
    }
    CHECK(disk_.names().size() == 3);
    CHECK(sources_[1].run->refuse("a test says so").code() == Errc::corrupt);
    clock_.advance(1s);
    CHECK(!merger_.step(sources_).value());
    CHECK(disk_.names().size() == 2);
    CHECK(!merger_.due(sources_));
  }

  TEST_CASE_FIXTURE(MergerFixture, "merger: how many merges there are to do is counted") {
    CHECK(count_merges(sources_, 2) == 0);
    add_runs(5);
    CHECK(count_merges(sources_, 2) == 2);
    CHECK(count_merges(sources_, 3) == 1);
  }
}
