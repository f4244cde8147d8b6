#include "crash/run.hpp"

#include <doctest/doctest.h>

namespace esker::crash {

TEST_SUITE("crash") {
  TEST_CASE("run: the same seed makes the same calls, another one others") {
    for (const Workload& workload : workloads()) {
      CAPTURE(workload.name);
      const RunResult first = run(workload, {.seed = 1});
      CHECK(first.trace_hash == run(workload, {.seed = 1}).trace_hash);
      CHECK(first.trace_hash != run(workload, {.seed = 2}).trace_hash);
      if (first.failure) {
        FAIL(first.failure->violation.invariant, " ", first.failure->violation.what, " at call ",
             first.failure->call, " ", first.failure->survivors);
      }
      MESSAGE(workload.name, ": ", first.explored.crash_points, " crash points");
    }
  }
}

}  // namespace esker::crash
