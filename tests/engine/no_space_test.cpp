#include <doctest/doctest.h>

#include <cerrno>

#include "support/sim_store.hpp"

namespace esker::tests {

using sim::Call;

TEST_SUITE("engine") {
  // F10.
  TEST_CASE(
      "no space: appends are refused before anything is at stake, reads go on, appends resume") {
    for (const int error : {ENOSPC, EDQUOT}) {
      CAPTURE(error);
      SimStore store;
      REQUIRE(store.open());
      store.disk().add_fault(
          {.call = Call::pwrite, .name = "*.tmp", .for_ever = true, .error = error});
      std::uint64_t next_id = 1;
      std::size_t acknowledged = 0;
      Errc refusal{};
      while (refusal == Errc{}) {
        const auto answer =
            store.append({{"order-1", Expected::any(), events(5, next_id, "t", 900)}});
        REQUIRE(answer.has_value());
        if (*answer) {
          acknowledged += 5;
          next_id += 5;
        } else {
          refusal = answer->assume_error().code();
        }
      }
      CHECK(refusal == Errc::no_space);
      CHECK(acknowledged > 50);
      CHECK(store.read({}).assume_value().size() == acknowledged);
      // Refused means not written: neither now nor later.
      CHECK_FALSE(
          store.append({{"order-1", Expected::any(), events(5, next_id, "t", 900)}})->has_value());
      store.disk().clear_faults();
      const auto resumed =
          store.append({{"order-1", Expected::any(), events(5, next_id, "t", 900)}});
      REQUIRE(resumed.has_value());
      REQUIRE(resumed->has_value());
      CHECK(resumed->assume_value().outcome == AppendOutcome::written);
      CHECK(store.read({}).assume_value().size() == acknowledged + 5);
      REQUIRE(store.close());
      REQUIRE(store.open());
      CHECK(store.read({}).assume_value().size() == acknowledged + 5);
    }
  }

  TEST_CASE(
      "no space: on the append path itself it is final, the outcome unknown, and reads go on") {
    SimStore store;
    REQUIRE(store.open());
    REQUIRE(store.append({{"order-1", Expected::any(), events(3, 1)}})->has_value());
    store.disk().add_fault({.call = Call::pwrite, .site = "log.group_write", .error = ENOSPC});
    const auto failed = store.append({{"order-1", Expected::any(), events(1, 10)}});
    REQUIRE(failed.has_value());
    CHECK(failed->assume_error().code() == Errc::outcome_unknown);
    const auto later = store.append({{"order-1", Expected::any(), events(1, 20)}});
    CHECK(later->assume_error().code() == Errc::store_failed);
    CHECK(store.engine().info().failed.has_value());
    CHECK(store.read({}).assume_value().size() == 3);
  }

  TEST_CASE("no space: a run that cannot be written waits, and appends and reads go on") {
    SimStore store;
    REQUIRE(store.open());
    store.disk().add_fault(
        {.call = Call::pwrite, .name = "*.run*", .for_ever = true, .error = ENOSPC});
    for (std::uint64_t i = 0; i < 60; ++i) {
      REQUIRE(store.append({{"order-1", Expected::any(), events(5, 1 + 5 * i, "t", 900)}})
                  ->has_value());
    }
    CHECK(store.engine().info().runs == 0);
    CHECK(store.engine().info().sealed_segments >= 2);
    CHECK(store.read({.selector = Selector::stream("order-1")}).assume_value().size() == 300);
    store.disk().clear_faults();
    while (store.engine().index_background().step()) {
    }
    CHECK(store.engine().info().runs == store.engine().info().sealed_segments);
    CHECK(store.read({.selector = Selector::stream("order-1")}).assume_value().size() == 300);
  }
}

}  // namespace esker::tests
