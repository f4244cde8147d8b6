#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "crash/run.hpp"
#include "crash/workload.hpp"

namespace esker::crash {

struct CampaignOptions {
  std::vector<const Workload*> workloads;  ///< At least one; they take turns.
  std::uint64_t seed_first = 1;
  std::uint64_t seeds =
      1;  ///< Of each workload, times its weight; without bound when there is a `time`.
  std::optional<std::chrono::nanoseconds> time;
  int depth = 2;
  unsigned jobs = 1;  ///< Threads.
  /// Asked now and then whether to go on; any thread.
  std::function<bool()> go_on = [] { return true; };
};

/// A run that failed, made as short as it gets.
struct FailedRun {
  const Workload* workload = nullptr;
  RunOptions options;
  Failure failure;
};

struct CampaignResult {
  RunResult total;
  std::uint64_t runs = 0;
  std::uint64_t seed_last = 0;
  double seconds = 0;
  std::optional<FailedRun> failed;  ///< The first one; the campaign ends with it.
};

/// Runs seed after seed until all are done, the time is over, or one has failed.
CampaignResult run_campaign(const CampaignOptions& options);

/// The same failure, or another one, with fewer steps, events and bytes.
FailedRun shrink(const FailedRun& failed);

/// The failed run's options, with its crash alone.
RunOptions options_at_failure(const FailedRun& failed);

/// What a run did up to its failure, for people: one line an operation.
std::string describe(const FailedRun& failed);

}  // namespace esker::crash
