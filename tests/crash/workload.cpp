#include "crash/workload.hpp"

#include <algorithm>

namespace esker::crash {

const std::vector<Workload>& workloads() {
  static const std::vector<Workload> all{
      {.name = "small",
       .description = "few commits of random sizes, crashed at each call with every choice",
       .steps = 12},
      {.name = "fixed",
       .description = "as small, with events of equal size, whose stale tails look like new ones",
       .steps = 12,
       .event_bytes_max = 64,
       .fixed_size = true},
      {.name = "rollover",
       .description = "large events, so that segments fill, are sealed, and runs are flushed",
       .steps = 40,
       .event_bytes_max = 4'500,
       .units_max = 4},
      {.name = "mixed",
       .description = "long runs with failing calls, full disks, restarts and crashes now and then",
       .steps = 300,
       .event_bytes_max = 1'200,
       .large_bytes = 4'500,
       .every_call = false,
       .units_max = 2,
       .weight = 6,
       .faults = true},
  };
  return all;
}

const Workload* find_workload(std::string_view name) {
  const auto found = std::ranges::find(workloads(), name, &Workload::name);
  return found == workloads().end() ? nullptr : &*found;
}

}  // namespace esker::crash
