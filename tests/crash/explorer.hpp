#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "crash/driver.hpp"
#include "crash/sites.hpp"
#include "crash/survivors.hpp"
#include "crash/verdict.hpp"
#include "crash/workload.hpp"

namespace esker::crash {

/// A crash that a store did not survive as it should.
struct Failure {
  std::uint64_t call =
      0;  ///< Before which of the run's calls that change the disk; 0: not at a crash point.
  std::string survivors;
  Violation violation;
};

/// What exploring has done.
struct ExplorerCounts {
  std::uint64_t crash_points = 0;
  std::uint64_t recoveries = 0;
  std::uint64_t nested_recoveries = 0;  ///< Of these, after a crash inside a recovery.
  std::unordered_map<std::string, std::uint64_t> faults;
  std::unordered_map<const char*, std::uint64_t> crashed_sites;
  FailedSites failed_sites;
  HistoryCounts history;  ///< Of what was checked after the crashes.
  DriverCounts driver;

  ExplorerCounts& operator+=(const ExplorerCounts& other);
};

/// Crashes copies of a running store: recovers each, checks it, goes on with it, crashes it again, and checks that.
class Explorer {
 public:
  /// `depth`: 1 crashes the store; 2 also its recovery, at each of that one's calls; more, the recovery of that one, now and then.
  Explorer(const Workload& workload, std::uint64_t seed, int depth)
      : workload_(workload), seed_(seed), depth_(depth) {}

  /// Only this crash, of all.
  void only(std::uint64_t call, Survivors survivors) { only_ = {call, std::move(survivors)}; }

  /// Crashes `live` as it is, before its call number `call`, with every choice, or with a few when `sampled`. Does nothing once something
  /// has failed.
  void at_call(const Driver& live, std::uint64_t call, const char* site, bool sampled);

  [[nodiscard]] const std::optional<Failure>& failure() const { return failure_; }
  [[nodiscard]] const ExplorerCounts& counts() const { return counts_; }

 private:
  void try_point(const Driver& live, std::uint64_t call, const Survivors& survivors,
                 std::uint64_t seed);
  /// Opens what the crash has left, and checks it; on the way crashes the recovery itself, up to `depth` deep.
  void recover(Driver& driver, Verdict& verdict, int depth, sim::Random& random);
  void crash_recovery(Driver& driver, Verdict& verdict, int depth, sim::Random& random);
  /// Retries what was unanswered, appends more, and crashes in the middle of it.
  void crash_again(Driver& driver, Verdict& verdict, sim::Random& random);
  void count(const Driver& driver);

  const Workload& workload_;
  const std::uint64_t seed_;
  const int depth_;
  std::optional<std::pair<std::uint64_t, Survivors>> only_;
  std::optional<Failure> failure_;
  ExplorerCounts counts_;
};

/// True for calls that can change what a crash leaves.
bool changes_disk(const sim::CallInfo& info);

}  // namespace esker::crash
