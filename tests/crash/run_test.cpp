#include "crash/run.hpp"

#include <doctest/doctest.h>

#include "crash/campaign.hpp"
#include "crash/replay.hpp"
#include "crash/report.hpp"

namespace esker::crash {

TEST_SUITE("crash") {
  TEST_CASE("run: the same seed makes the same calls, another one others") {
    const Workload& workload = *find_workload("small");
    const RunResult first = run(workload, {.seed = 1});
    const RunResult again = run(workload, {.seed = 1});
    CHECK_FALSE(first.failure.has_value());
    CHECK(first.explored.crash_points > 100);
    CHECK(first.trace_hash == again.trace_hash);
    CHECK(first.explored.crash_points == again.explored.crash_points);
    CHECK(first.trace_hash != run(workload, {.seed = 2}).trace_hash);
  }

  TEST_CASE("run: one crash can be had alone, and steps can be left out") {
    const Workload& workload = *find_workload("small");
    RunOptions options{.seed = 1};
    options.only = Point{20, Survivors::parse("none").value()};
    CHECK(run(workload, options).explored.crash_points == 1);
    options.only.reset();
    std::size_t operations = 0;
    options.trace = [&operations](const std::string& /*line*/) { ++operations; };
    run(workload, options);
    CHECK(operations == workload.steps + 1);  // and the end
    operations = 0;
    options.reduction.skipped_steps = {0, 1, 2, 3, 4};
    run(workload, options);
    CHECK(operations == workload.steps + 1 - 5);
  }

  TEST_CASE("run: a command line that does it again names all its options") {
    RunOptions options{.seed = 7, .depth = 3};
    const Workload& workload = *find_workload("small");
    CHECK(replay_command(workload, options) ==
          "es-crashtest --workload small --depth 3 --replay 7");
    options.only = Point{20, Survivors::parse("none").value()};
    options.reduction = {.skipped_steps = {0, 1, 2, 5, 7, 8}, .events_max = 1, .bytes_max = 8};
    CHECK(replay_command(workload, options) ==
          "es-crashtest --workload small --depth 3 --replay 7:20:none --events-max 1 --bytes-max 8 "
          "--skip 0-2,5,7-8");
  }

  TEST_CASE("run: a campaign that saw too little says so") {
    const Workload* const workload = find_workload("small");
    CampaignOptions options;
    options.workloads = {workload};
    const CampaignResult result = run_campaign(options);
    CHECK_FALSE(result.failed.has_value());
    CHECK_FALSE(missed_floors(result).empty());
    CHECK(to_json(result, options, "test").find(R"("violations":0)") != std::string::npos);
  }
}

}  // namespace esker::crash
