#include <algorithm>
#include <random>
#include <vector>

#include "log/log_fixture.hpp"

namespace esker::log {
namespace {

using sim::CrashPolicy;

/// Appends commits of random sizes with background work in between, until the disk stops or `commits` are done.
class CrashFixture : protected LogFixture {
 public:
  ~CrashFixture() {
    drop();
    directory_.reset();
  }

 protected:
  struct Run {
    std::uint64_t acknowledged = 0;          ///< Events whose commit was answered.
    std::vector<std::uint64_t> commit_ends;  ///< Of all commits that were begun, first 0.
  };

  /// `stop_at` counts calls from 1; 0: never.
  Run run(std::uint64_t seed, std::uint64_t stop_at, std::size_t commits) {
    std::mt19937_64 random(seed);
    Run result;
    result.commit_ends.push_back(0);
    if (stop_at != 0) disk().stop_at_call(stop_at);
    if (!try_open()) return result;
    for (std::size_t i = 0; i < commits && !disk().stopped(); ++i) {
      const std::size_t events = 1 + random() % 6;
      const std::size_t bytes = random() % 3 == 0 ? 5000 : random() % 300;
      Result<Group> group = build(events, bytes);
      if (!group) break;
      result.commit_ends.push_back(result.commit_ends.back() + events);
      if (!log_->write_group(group.assume_value())) break;
      result.acknowledged = result.commit_ends.back();
      if (random() % 4 == 0) clock_.advance(std::chrono::milliseconds(400));
      for (std::uint64_t steps = random() % 30; steps > 0 && log_->background_step(); --steps) {
      }
    }
    return result;
  }

  /// What the log holds after a crash must be commits from the first on, all that was acknowledged among them.
  void check(const Run& run, const CrashPolicy& policy) {
    drop();
    disk().crash_power(policy);
    directory_ = disk().open_directory();
    open();
    const std::uint64_t events = check_all();
    CHECK(events >= run.acknowledged);
    CHECK(std::count(run.commit_ends.begin(), run.commit_ends.end(), events) == 1);
  }

  sim::SimDisk& disk() { return *current_; }
  void use(std::unique_ptr<sim::SimDisk> disk) {
    drop();
    directory_.reset();
    current_ = std::move(disk);
    directory_ = current_->open_directory();
  }

 private:
  std::unique_ptr<sim::SimDisk> current_ = std::make_unique<sim::SimDisk>();
};

}  // namespace

TEST_SUITE("log") {
  TEST_CASE_FIXTURE(CrashFixture,
                    "crash: at every call, whatever is kept, a prefix of the commits is there") {
    constexpr std::size_t kCommits = 24;
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      for (std::uint64_t call = 1;; ++call) {
        CAPTURE(seed);
        CAPTURE(call);
        use(std::make_unique<sim::SimDisk>(seed));
        const Run whole = run(seed, call, kCommits);
        const bool stopped = disk().stopped();
        const std::unique_ptr<sim::SimDisk> before = disk().clone();
        for (const CrashPolicy& policy :
             {CrashPolicy::none(), CrashPolicy::all(), CrashPolicy::random(call * 7 + seed, 1),
              CrashPolicy::random(call * 11 + seed, 4), CrashPolicy::random(call * 13 + seed, 7)}) {
          use(before->clone());
          check(whole, policy);
          committed(3, 200);
          check_all();
        }
        if (!stopped) break;
      }
    }
  }

  TEST_CASE_FIXTURE(CrashFixture,
                    "crash: a second one, in recovery or after it, takes nothing away") {
    for (std::uint64_t seed = 1; seed <= 400; ++seed) {
      CAPTURE(seed);
      std::mt19937_64 random(seed);
      use(std::make_unique<sim::SimDisk>(seed));
      const Run whole = run(seed, 1 + random() % 250, 24);
      drop();
      disk().crash_power(CrashPolicy::random(seed));
      directory_ = disk().open_directory();
      disk().stop_at_call(disk().calls() + 1 + random() % 25);
      std::uint64_t served = 0;
      if (try_open()) served = check_all();
      CHECK((served == 0 || served >= whole.acknowledged));
      check(whole, CrashPolicy::random(seed + 1));
      CHECK(check_all() >= served);
    }
  }
}

}  // namespace esker::log
