#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "common/exit_code.hpp"
#include "crash/run.hpp"

namespace esker::tools {

struct EsCrashtestOptions {
  std::string workload = "all";
  std::uint64_t seed_first = 1;
  std::uint64_t seeds = 50;
  std::optional<double> minutes;
  int depth = 2;
  unsigned jobs = std::max(1U, std::thread::hardware_concurrency());
  bool json = false;
  bool no_floors = false;
  bool no_shrink = false;
  /// Only this seed, or only this crash of it.
  bool replay = false;
  std::optional<crash::Point> point;
  crash::Reduction reduction;
};

/// The command line; or, when the help was asked for or something is wrong, which is then told, the code to end with.
std::variant<EsCrashtestOptions, ExitCode> parse_es_crashtest_options(int count, char** arguments);

}  // namespace esker::tools
