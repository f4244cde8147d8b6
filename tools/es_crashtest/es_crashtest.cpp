// es-crashtest: crashes a store on a simulated disk, and checks what is left.

#include <malloc.h>

#include <cstdio>
#include <exception>
#include <thread>

#include "common/output.hpp"
#include "common/program.hpp"
#include "crash/campaign.hpp"
#include "crash/last_words.hpp"
#include "crash/report.hpp"
#include "es_crashtest/options.hpp"

namespace esker::tools {
namespace {

constexpr const char* kProgram = "es-crashtest";

/// The codes that are not those of the other programs (`--help`).
constexpr ExitCode kHarnessFault{3};
constexpr ExitCode kFloorMissed{4};

std::vector<const crash::Workload*> chosen(const std::string& name) {
  std::vector<const crash::Workload*> workloads;
  for (const crash::Workload& workload : crash::workloads()) {
    if (name == "all" || name == workload.name) workloads.push_back(&workload);
  }
  return workloads;
}

ExitCode tell_failure(const crash::FailedRun& failed, Output& output) {
  output.text() += crash::to_text(failed);
  return ExitCode::failed;
}

ExitCode replay(const EsCrashtestOptions& options, Output& output) {
  crash::FailedRun again;
  again.workload = chosen(options.workload).front();
  again.options = {.seed = options.seed_first,
                   .depth = options.depth,
                   .reduction = options.reduction,
                   .only = options.point};
  crash::RunOptions traced = again.options;
  // Written at once, should an assertion end the run.
  Result<void> written = ok();
  traced.trace = [&](const std::string& line) {
    output.text() += line + "\n";
    if (written) written = output.flush();
  };
  const crash::RunResult result = crash::run(*again.workload, traced);
  if (!result.failure) {
    output.text() += "no violation\n";
    return ExitCode::done;
  }
  again.failure = *result.failure;
  return tell_failure(again, output);
}

ExitCode campaign(const EsCrashtestOptions& options, const Signals& signals, Output& output) {
  crash::CampaignOptions campaign;
  campaign.workloads = chosen(options.workload);
  campaign.seed_first = options.seed_first;
  campaign.seeds = options.seeds;
  campaign.depth = options.depth;
  campaign.jobs = options.jobs;
  campaign.go_on = [&signals] { return !signals.stopped(); };
  if (options.minutes) {
    campaign.time = std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::chrono::duration<double, std::ratio<60>>(*options.minutes));
  }
  const crash::CampaignResult result = crash::run_campaign(campaign);
  ExitCode code = signals.stopped() ? ExitCode::interrupted : ExitCode::done;
  if (result.failed) {
    code = tell_failure(options.no_shrink ? *result.failed : crash::shrink(*result.failed), output);
  } else if (code == ExitCode::done && !options.no_floors) {
    for (const std::string& missed : crash::missed_floors(result)) {
      output.text() += "not tested: " + missed + "\n";
      code = kFloorMissed;
    }
  }
  output.text() += crash::to_line(result, options.jobs) + "\n";
  if (options.json) output.text() += crash::to_json(result, campaign, ESKER_VERSION) + "\n";
  return code;
}

ExitCode run(const EsCrashtestOptions& options, Signals& signals) {
  signals.on_stop([] {});  // a campaign ends with the runs that are under way
  crash::LastWords::say_on_abort();
  Output output;
  const ExitCode code =
      options.replay ? replay(options, output) : campaign(options, signals, output);
  if (const Result<void> written = output.flush(); !written) {
    return report(kProgram, written.assume_error());
  }
  return code;
}

/// Thousands of stores come and go every second: what one has used is for the next, and does not go back to the system.
void keep_memory() {
  constexpr int kKept = 256 << 20;
  mallopt(M_TRIM_THRESHOLD, kKept);
  mallopt(M_MMAP_THRESHOLD, kKept);
  mallopt(M_TOP_PAD, 16 << 20);
}

ExitCode run_guarded(const EsCrashtestOptions& options, Signals& signals) {
  try {
    return run(options, signals);
  } catch (const std::exception& error) {
    print_error(kProgram, error.what());
    return kHarnessFault;
  }
}

}  // namespace
}  // namespace esker::tools

int main(int count, char** arguments) {
  using namespace esker::tools;
  keep_memory();
  return run_program(
      kProgram, [&] { return parse_es_crashtest_options(count, arguments); }, run_guarded);
}
