// Background work that is held up (F33): what needs it waits, and nothing else does.

#include <doctest/doctest.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "sim/sim_clock.hpp"
#include "sim/sim_disk.hpp"
#include "store/engine.hpp"
#include "support/commits.hpp"
#include "support/sim_store.hpp"

namespace esker::tests {
namespace {

/// Holds every call of some sites until it is opened.
class Gate {
 public:
  Gate(sim::SimDisk& disk, std::string_view sites) {
    disk.before_call([this, sites](const sim::CallInfo& info) {
      if (!std::string_view(info.site.name).starts_with(sites)) return;
      std::unique_lock lock(mutex_);
      ++held_;
      changed_.notify_all();
      changed_.wait(lock, [this] { return open_; });
      --held_;
    });
  }
  void close() {
    const std::lock_guard lock(mutex_);
    open_ = false;
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void wait_until_held() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return held_ > 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = true;
  int held_ = 0;
};

/// An engine with its threads on a disk of which some calls take as long as the test likes.
class StarvedFixture {
 protected:
  explicit StarvedFixture(std::string_view sites) : gate_(disk_, sites) {
    options_.store.segment_bytes = options_.store.segment_bytes_first = 64 << 10;
    engine_ = store::Engine::open(*directory_, clock_, options_).value();
  }

  /// Appends `count` events of 4,000 bytes, one a commit, and waits for none.
  void append(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      const OwnedCommit& commit = commits_.emplace_back(std::vector<OwnedAppend>{
          {"order-1", Expected::any(), events(1, commits_.size() + 1, "t", 4'000)}});
      engine_->append_async(commit.view(), [this](Result<AppendResult> answer) {
        const std::lock_guard lock(mutex_);
        ++(answer ? acknowledged_ : refused_);
        answered_.notify_all();
      });
    }
  }
  /// Waits until so many have been acknowledged, none refused.
  void wait_for_acknowledged(std::size_t count) {
    std::unique_lock lock(mutex_);
    answered_.wait(lock, [this, count] { return acknowledged_ >= count || refused_ > 0; });
    REQUIRE(refused_ == 0);
  }
  std::size_t acknowledged() {
    const std::lock_guard lock(mutex_);
    return acknowledged_;
  }
  std::vector<ModelEvent> read(const Query& query) {
    Cursor cursor(engine_->read(query).value());
    return read_all(cursor).value();
  }

  sim::SimDisk disk_;
  Gate gate_;
  sim::SimClock clock_;
  std::unique_ptr<io::Directory> directory_ = disk_.open_directory();
  store::EngineOptions options_;
  std::unique_ptr<store::Engine> engine_;

 private:
  std::deque<OwnedCommit> commits_;
  std::mutex mutex_;
  std::condition_variable answered_;
  std::size_t acknowledged_ = 0;
  std::size_t refused_ = 0;
};

class SlowPreparation : protected StarvedFixture {
 protected:
  SlowPreparation() : StarvedFixture("log.prepare_sync") {}
};

class SlowRuns : protected StarvedFixture {
 protected:
  SlowRuns() : StarvedFixture("index.run_sync") {}
};

}  // namespace

TEST_SUITE("engine") {
  TEST_CASE_FIXTURE(SlowPreparation,
                    "starved: without a next segment appends wait, reads go on, all is answered") {
    gate_.close();
    append(60);  // into four segments, of which one or two are there
    gate_.wait_until_held();
    wait_for_acknowledged(10);
    const std::size_t before = acknowledged();
    CHECK(before < 60);
    CHECK(read({}).size() >= before);
    gate_.open();
    wait_for_acknowledged(60);
    CHECK(read({}).size() == 60);
    CHECK(engine_->info().segments >= 4);
    CHECK(engine_->close());
  }

  TEST_CASE_FIXTURE(SlowRuns, "starved: while no run can be finished appends and searches go on") {
    gate_.close();
    append(60);
    gate_.wait_until_held();
    wait_for_acknowledged(60);
    CHECK(engine_->info().runs == 0);
    CHECK(engine_->info().segments >= 4);
    CHECK(read({.selector = Selector::stream("order-1")}).size() == 60);
    gate_.open();
    CHECK(engine_->close());
    engine_ = store::Engine::open(*directory_, clock_, options_).value();
    CHECK(engine_->open_report().runs_rebuilt == 0);
    CHECK(read({.selector = Selector::stream("order-1")}).size() == 60);
  }
}

}  // namespace esker::tests
