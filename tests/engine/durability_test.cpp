#include <doctest/doctest.h>

#include "support/sim_store.hpp"

namespace esker::tests {

TEST_SUITE("engine") {
  TEST_CASE(
      "durability: with an interval, what was appended last is synced although nobody appends any "
      "more") {
    SimStore store;
    store.options.store.durability = Durability::every(std::chrono::milliseconds(100));
    // A machine that has been up for long: points in time are far from 0.
    store.clock().advance(std::chrono::hours(240));
    REQUIRE(store.open());
    const auto answer = store.append({{"a-1", Expected::any(), events(1, 1)}});
    REQUIRE(answer.has_value());
    REQUIRE(answer->has_value());
    store.clock().advance(std::chrono::milliseconds(101));
    store.engine().run_until_idle();
    store.disk().stop_at_call(store.disk().calls() + 1);
    store.drop();
    store.disk().crash_power(sim::CrashPolicy::none());
    store.reopen_directory();
    REQUIRE(store.open());
    CHECK(store.read({}).assume_value().size() == 1);
  }
}

}  // namespace esker::tests
