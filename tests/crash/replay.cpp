#include "crash/replay.hpp"

#include <set>
#include <sstream>

namespace esker::crash {
namespace {

/// Numbers as N,N-M,…
std::string ranges(const std::set<std::uint64_t>& numbers) {
  std::ostringstream out;
  const char* separator = "";
  for (auto at = numbers.begin(); at != numbers.end();) {
    const std::uint64_t first = *at;
    std::uint64_t last = first;
    while (++at != numbers.end() && *at == last + 1) ++last;
    out << separator << first;
    if (last > first) out << '-' << last;
    separator = ",";
  }
  return std::move(out).str();
}

}  // namespace

std::string replay_command(const Workload& workload, const RunOptions& options) {
  const Reduction& reduction = options.reduction;
  std::ostringstream out;
  out << "es-crashtest --workload " << workload.name << " --depth " << options.depth << " --replay "
      << options.seed;
  if (options.only) out << ':' << options.only->call << ':' << options.only->survivors.to_text();
  if (reduction.events_max != Reduction().events_max) {
    out << " --events-max " << reduction.events_max;
  }
  if (reduction.bytes_max) out << " --bytes-max " << *reduction.bytes_max;
  if (!reduction.skipped_steps.empty()) out << " --skip " << ranges(reduction.skipped_steps);
  return std::move(out).str();
}

}  // namespace esker::crash
