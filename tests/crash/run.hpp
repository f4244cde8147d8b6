#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "crash/explorer.hpp"
#include "crash/workload.hpp"

namespace esker::crash {

/// One crash of one run.
struct Point {
  std::uint64_t call = 0;
  Survivors survivors;
};

struct RunOptions {
  std::uint64_t seed = 1;
  int depth = 2;  ///< As in `Explorer`.
  Reduction reduction = {};
  std::optional<Point> only = std::nullopt;  ///< Only this crash.
  /// Is told each operation, in a line; null: not wanted.
  std::function<void(std::string)> trace = {};
};

struct RunResult {
  std::optional<Failure> failure;
  ExplorerCounts explored;
  HistoryCounts history;  ///< Of the run itself,
  DriverCounts driver;    ///< and its calls.
  FailedSites failed_sites;
  std::uint64_t restarts = 0;
  std::uint64_t trace_hash = 0;  ///< Of the run's own calls: equal for equal options.

  /// Adds the other one's counts; hashes are added, too, so that the order does not matter. The failure stays.
  RunResult& operator+=(const RunResult& other);
};

/// Runs a workload once from its seed, and explores crashes on the way. Threads: any number at once.
RunResult run(const Workload& workload, const RunOptions& options);

}  // namespace esker::crash
