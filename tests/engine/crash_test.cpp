#include <doctest/doctest.h>

#include "engine/check_same.hpp"
#include "engine/power_loss.hpp"
#include "support/operations.hpp"
#include "support/sim_store.hpp"

namespace esker::tests {
namespace {

using sim::CrashPolicy;

/// What a run had been told when its disk stopped.
struct Told {
  ModelStore model;       ///< With everything that was begun.
  Position acknowledged;  ///< The last position that an answer named.
};

/// Runs a seeded workload until the disk stops at `call`, or to its end.
Told run(SimStore& store, std::uint64_t seed, std::uint64_t call) {
  Told told;
  Operations operations(seed);
  store.disk().stop_at_call(call);
  if (!store.open()) return told;
  for (int step = 0; step < 30 && !store.disk().stopped(); ++step) {
    const std::vector<OwnedAppend> append = operations.append(told.model);
    const Result<AppendResult> expected = told.model.append(append);
    const auto answer = store.append(append);
    if (!answer || store.disk().stopped()) {
      // Success is told only of what is durable, even while the disk is stopping.
      if (answer && answer->has_value()) told.acknowledged = told.model.head();
      break;
    }
    check_same(*answer, expected);
    told.acknowledged = told.model.head();
  }
  store.drop();
  return told;
}

/// After the crash: commits from the first on, all that was acknowledged, and each as it was.
void check(SimStore& store, const Told& told) {
  const auto opened = store.open();
  REQUIRE_MESSAGE(opened.has_value(), opened.assume_error().message());
  const auto events = store.read({});
  REQUIRE(events.has_value());
  const Position head(events.assume_value().size());
  CHECK(head >= told.acknowledged);
  CHECK(head <= told.model.head());
  CHECK(told.model.is_commit_end(head));
  ModelStore expected = told.model;
  expected.cut(head);
  CHECK(events.assume_value() == expected.events());
  for (const Query& query : {Query{.selector = Selector::category("order")},
                             Query{.items = {{.types = {"paid"}}, {.tags = {"urgent", "by=ann"}}}},
                             Query{.selector = Selector::stream("customer-2")}}) {
    check_same(store.read(query), expected.read(query));
  }
}

}  // namespace

TEST_SUITE("engine") {
  // F9, F19.
  TEST_CASE(
      "crash: at every call of a workload, nothing acknowledged is lost and nothing is torn") {
    std::size_t points = 0;
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
      for (std::uint64_t call = 1;; ++call) {
        CAPTURE(seed);
        CAPTURE(call);
        SimStore store;
        const Told told = run(store, seed, call);
        const bool stopped = store.disk().stopped();
        for_each_power_loss(store.disk(), call * 3 + seed, [&](SimStore& after) {
          check(after, told);
          ++points;
        });
        if (!stopped) break;
      }
    }
    MESSAGE(points, " crash points");
    CHECK(points > 500);
  }

  TEST_CASE("crash: a footer that only the page cache had may be lost behind a later one") {
    SimStore store;
    REQUIRE(store.open());
    std::unique_ptr<sim::SimDisk> copy;
    store.disk().before_call([&](const sim::CallInfo& info) {
      if (copy == nullptr && std::string_view(info.site.name) == "log.seal_sync_footer") {
        copy = store.disk().clone();
      }
    });
    std::uint64_t id = 1;
    const auto append_until = [&](SimStore& into, const auto& done) {
      for (; !done(); ++id) {
        REQUIRE(
            into.append({{"order-1", Expected::any(), events(1, id, "paid", 2'000)}})->has_value());
      }
    };
    append_until(store, [&] { return copy != nullptr; });
    store.disk().before_call({});
    SimStore again;
    again.use(std::move(copy));
    again.disk().crash_process();
    again.reopen_directory();
    REQUIRE(again.open());
    const std::uint64_t sealed = again.engine().info().sealed_segments;
    append_until(again, [&] { return again.engine().info().sealed_segments > sealed; });
    const std::uint64_t head = again.engine().info().head.value();
    again.disk().stop_at_call(0);
    again.drop();
    again.disk().crash_power(CrashPolicy::none());
    again.reopen_directory();
    REQUIRE(again.open());
    CHECK(again.read({.selector = Selector::stream("order-1")}).assume_value().size() == head);
    CHECK(again.engine().info().sealed_segments == sealed);
    again.engine().run_until_idle();
    CHECK(again.engine().info().sealed_segments == sealed + 1);
  }

  TEST_CASE(
      "crash: a segment's name that could not be made durable is not trusted after a restart") {
    for (const bool first_segment : {false, true}) {
      CAPTURE(first_segment);
      SimStore store;
      store.disk().add_fault({.call = sim::Call::fsync_directory,
                              .site = "log.prepare_sync_directory",
                              .nth = first_segment ? 1U : 2U,
                              .error = EIO});
      CHECK(store.open().has_value() != first_segment);
      if (!first_segment) store.engine().run_until_idle();
      store.disk().stop_at_call(0);
      store.drop();
      store.disk().crash_process();
      store.disk().clear_faults();
      store.reopen_directory();
      REQUIRE(store.open());
      for (std::uint64_t id = 1; id <= 40; ++id) {
        REQUIRE(store.append({{"order-1", Expected::any(), events(1, id, "paid", 2'000)}})
                    ->has_value());
      }
      store.disk().stop_at_call(0);
      store.drop();
      store.disk().crash_power(CrashPolicy::none());
      store.reopen_directory();
      REQUIRE(store.open());
      CHECK(store.read({}).assume_value().size() == 40);
    }
  }

  // F27.
  TEST_CASE("crash: an append again after it answers as the first time, or writes what was lost") {
    for (std::uint64_t seed = 1; seed <= 150; ++seed) {
      CAPTURE(seed);
      SimStore store;
      REQUIRE(store.open());
      const std::vector<OwnedAppend> first{{"order-1", Expected::any(), events(3, 1)}};
      const std::vector<OwnedAppend> second{{"order-1", Expected::any(), events(2, 10)},
                                            {"order-2", Expected::any(), events(2, 20)}};
      REQUIRE(store.append(first)->has_value());
      store.disk().stop_at_call(store.disk().calls() + 1 + seed % 6);
      const auto told = store.append(second);
      store.drop();
      store.disk().crash_power(CrashPolicy::random(seed));
      store.reopen_directory();
      REQUIRE(store.open());
      const auto again = store.append(second);
      REQUIRE(again.has_value());
      REQUIRE(again->has_value());
      const AppendResult& result = again->assume_value();
      CHECK(result.streams[0].first_position == Position(4));
      CHECK(result.streams[1].last_position == Position(7));
      if (told && told->has_value()) CHECK(result.outcome == AppendOutcome::already_there);
      CHECK(store.append(first)->assume_value().outcome == AppendOutcome::already_there);
      CHECK(store.read({}).assume_value().size() == 7);
    }
  }
}

}  // namespace esker::tests
