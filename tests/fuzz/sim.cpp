// One run of the crash campaign with one crash: the input chooses the run, how it is reduced, the call and the survivors.

#include <algorithm>
#include <string>

#include "crash/run.hpp"
#include "fuzz/input.hpp"

namespace esker::fuzz {
namespace {

crash::Survivors survivors_of(Input& input) {
  const auto chosen = input.number<std::uint8_t>();
  crash::Survivors survivors;
  survivors.process_only = chosen % 16 == 0;
  sim::CrashPolicy& policy = survivors.policy;
  policy.data = static_cast<sim::CrashPolicy::Data>(chosen % 8);
  policy.names = static_cast<sim::CrashPolicy::Names>(chosen / 8 % 4);
  policy.unit = chosen >= 128 ? sim::CrashPolicy::Unit::page : sim::CrashPolicy::Unit::sector;
  const auto number = input.number<std::uint16_t>();
  policy.keep_of_8 = number % 8;
  policy.index = number / 8 % 64;
  policy.seed = number;
  return survivors;
}

void try_crash(Input input) {
  const std::vector<crash::Workload>& workloads = crash::workloads();
  const crash::Workload& workload = workloads[input.number<std::uint8_t>() % workloads.size()];
  crash::RunOptions options;
  options.seed = input.number<std::uint32_t>();
  options.only =
      crash::Point{.call = input.number<std::uint16_t>() % 512U, .survivors = survivors_of(input)};
  options.reduction.events_max = 1 + input.number<std::uint8_t>() % 4;
  if (const auto bytes = input.number<std::uint16_t>(); bytes != 0)
    options.reduction.bytes_max = bytes % 4096;
  while (!input.empty()) options.reduction.skipped_steps.insert(input.number<std::uint8_t>());
  const crash::RunResult result = crash::run(workload, options);
  require(!result.failure, "the store keeps its promises");
}

}  // namespace
}  // namespace esker::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  esker::fuzz::try_crash({data, size});
  return 0;
}
