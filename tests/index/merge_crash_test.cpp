#include <doctest/doctest.h>

#include <cerrno>
#include <map>
#include <string>
#include <vector>

#include "index/index_fixture.hpp"
#include "sim/sim_clock.hpp"
#include "sim/sim_disk.hpp"

TEST_SUITE("index") {
  using namespace esker;
  using namespace esker::index;

  namespace {

  using sim::CrashPolicy;

  constexpr IndexOptions kAtOnce{.merge_fan_out = 2,
                                 .merge_bytes_per_second = 0,
                                 .merge_piece_bytes = 3'000,
                                 .merge_sync_bytes = 3'000};

  /// Four segments with a run each, on a disk that knows them durably; and what happens when an index is opened there and merges.
  class MergeCrashFixture {
   protected:
    MergeCrashFixture() {
      for (const SegmentKey& key : model_.sealed()) model_.make_source(*directory_, key.id);
      start_ = disk_->clone();
    }

    void use(std::unique_ptr<sim::SimDisk> disk) {
      index_.reset();
      directory_.reset();
      disk_ = std::move(disk);
      directory_ = disk_->open_directory();
    }

    Result<void> open() {
      ESKER_TRY(index_, Index::open(*directory_, clock_, test_store(), model_.sealed(),
                                    model_.reader(&reads_), kAtOnce));
      return ok();
    }

    /// Opens and merges all there is, as far as the disk lets it.
    void open_and_merge() {
      if (!open()) return;
      while (index_->background_step()) {
      }
    }

    void crash(const CrashPolicy& policy) {
      index_.reset();
      disk_->crash_power(policy);
      directory_ = disk_->open_directory();
    }

    /// All that is to be found is found, and in the end by one run, and no other file is left.
    void check_and_merge() {
      const auto opened = open();
      REQUIRE_MESSAGE(opened.has_value(), opened.assume_error().message());
      check_index(*index_, model_, source_, 1);
      while (index_->background_step()) {
      }
      CHECK(!index_->background_failure());
      check_index(*index_, model_, source_, 1);
      REQUIRE(disk_->names() ==
              std::vector<std::string>{run_file_name(SegmentId(1), SegmentId(4))});
    }

    EventSource source_{80};
    IndexModel model_ = make_model(source_, 4, 12);
    sim::SimClock clock_;
    int reads_ = 0;
    std::unique_ptr<sim::SimDisk> disk_ = std::make_unique<sim::SimDisk>();
    std::unique_ptr<io::Directory> directory_ = disk_->open_directory();
    std::unique_ptr<sim::SimDisk> start_;
    std::unique_ptr<Index> index_;
  };

  /// A call that can be made to fail, by its place in the whole.
  struct Place {
    sim::Call call;
    std::uint64_t nth = 0;  ///< Of its kind.
  };

  }  // namespace

  // F19.
  TEST_CASE_FIXTURE(
      MergeCrashFixture,
      "merge crash: at every call of merging, and of the open after it, all is found again") {
    int rebuilt = 0;
    std::size_t points = 0;
    for (std::uint64_t call = 1;; ++call) {
      CAPTURE(call);
      use(start_->clone());
      disk_->stop_at_call(call);
      open_and_merge();
      const bool stopped = disk_->stopped();
      const std::unique_ptr<sim::SimDisk> before = disk_->clone();
      for (const CrashPolicy& policy : {CrashPolicy::none(), CrashPolicy::all(),
                                        CrashPolicy::random(call), CrashPolicy::prefix(call % 7)}) {
        use(before->clone());
        crash(policy);
        ++points;
        const std::unique_ptr<sim::SimDisk> crashed = disk_->clone();
        reads_ = 0;
        check_and_merge();
        rebuilt += reads_;
        // Once more, in the middle of what follows.
        use(crashed->clone());
        disk_->stop_at_call(1 + (call * 13) % 90);
        open_and_merge();
        crash(CrashPolicy::random(call + 1000));
        reads_ = 0;
        check_and_merge();
        rebuilt += reads_;
      }
      if (!stopped) break;
    }
    CHECK(points > 200);
    // What a run is merged from goes only when it is durable itself: nothing had to be made again from the log.
    CHECK(rebuilt == 0);
  }

  TEST_CASE_FIXTURE(
      MergeCrashFixture,
      "merge crash: whatever call fails, reads go on, and merging comes to its end later") {
    std::vector<Place> places;
    {
      use(start_->clone());
      REQUIRE(open().has_value());
      std::map<sim::Call, std::uint64_t> seen;
      disk_->before_call([&](const sim::CallInfo& info) {
        places.push_back({info.call, ++seen[info.call]});
      });
      while (index_->background_step()) {
      }
      disk_->before_call({});
      index_.reset();
    }
    CHECK(places.size() > 40);
    for (const Place& place : places) {
      for (const int error : {EIO, ENOSPC}) {
        for (const bool for_ever : {false, true}) {
          CAPTURE(std::string(sim::call_name(place.call)));
          CAPTURE(place.nth);
          CAPTURE(error);
          use(start_->clone());
          REQUIRE(open().has_value());
          disk_->add_fault(
              {.call = place.call, .nth = place.nth, .for_ever = for_ever, .error = error});
          for (int step = 0; step < 200 && index_->background_step(); ++step) {
          }
          check_index(*index_, model_, source_, 1);
          disk_->clear_faults();
          clock_.advance(std::chrono::minutes(1));
          reads_ = 0;
          while (index_->background_step()) {
          }
          CHECK(!index_->background_failure());
          CHECK(index_->stats().runs == 1);
          CHECK(reads_ == 0);
          check_index(*index_, model_, source_, 1);
          // What could not be removed the next open removes.
          crash(CrashPolicy::random(place.nth));
          check_and_merge();
          CHECK(reads_ == 0);
        }
      }
    }
  }

  TEST_CASE_FIXTURE(
      MergeCrashFixture,
      "merge crash: at every call of making a damaged merged run again, all is found again") {
    open_and_merge();
    const std::string name = run_file_name(SegmentId(1), SegmentId(4));
    REQUIRE(disk_->names() == std::vector<std::string>{name});
    index_.reset();
    const std::vector<std::byte> flipped(1, ~disk_->bytes(name)[100]);
    disk_->damage(name, 100, flipped);
    start_ = disk_->clone();
    // The damage is met by whoever looks; a reader comes again until he has what he wants.
    const auto look = [this] {
      for (const SegmentKey& key : model_.sealed()) {
        std::vector<Position> found;
        static_cast<void>(index_
                              ->find(model_.terms(key.first).id, Direction::forwards, key.first,
                                     key.end, 10, found)
                              .has_value());
      }
    };
    for (std::uint64_t call = 1;; ++call) {
      CAPTURE(call);
      use(start_->clone());
      disk_->stop_at_call(call);
      if (open()) {
        look();
        while (index_->background_step()) {
        }
      }
      const bool stopped = disk_->stopped();
      const std::unique_ptr<sim::SimDisk> before = disk_->clone();
      for (const CrashPolicy& policy :
           {CrashPolicy::none(), CrashPolicy::all(), CrashPolicy::random(call)}) {
        use(before->clone());
        crash(policy);
        REQUIRE(open().has_value());
        look();
        while (index_->background_step()) {
        }
        check_index(*index_, model_, source_, 1);
        REQUIRE(disk_->names() == std::vector<std::string>{name});
        REQUIRE(disk_->bytes(name)[100] == ~flipped[0]);
      }
      if (!stopped) break;
    }
  }
}
