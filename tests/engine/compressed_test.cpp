#include <doctest/doctest.h>

#include <cerrno>
#include <random>

#include "engine/check_same.hpp"
#include "engine/readings.hpp"
#include "support/sim_store.hpp"

namespace esker::tests {
namespace {

using sim::CrashPolicy;

constexpr std::chrono::seconds kAge(3600);

/// A store of small segments whose sealed ones are compressed when they are an hour old.
class Filled {
 public:
  Filled() {
    store.options.store.segment_bytes = store.options.store.segment_bytes_first = 64 << 10;
    store.options.store.compress_after = kAge;
    store.options.store.compress_bytes_per_second = 0;
    store.options.store.decoded_bytes_max = 100 << 10;
    REQUIRE(store.open());
    for (int i = 0; i < 200; ++i) append("order-" + std::to_string(i % 7), 1 + i % 4);
    store.engine().run_until_idle();
    REQUIRE(store.engine().info().sealed_segments > 3);
  }

  void append(const std::string& stream, std::size_t count) {
    std::vector<OwnedEvent> owned;
    for (std::size_t i = 0; i < count; ++i) {
      const std::string number = std::to_string(random_() % 1'000'000);
      std::string data = R"({"order":)" + number + R"(,"note":")";
      data += std::string(300 + random_() % 300, static_cast<char>('a' + random_() % 26)) + "\"}";
      owned.push_back(
          {id_of(++id_), i % 2 == 0 ? "paid" : "placed", std::move(data), "{}", Tags{"by=ann"}});
    }
    REQUIRE(store.append({{stream, Expected::any(), std::move(owned)}})->has_value());
  }

  /// Lets time pass, so that all sealed segments become old enough.
  void grow_old() {
    store.clock().advance(kAge + std::chrono::minutes(2));
    store.engine().run_until_idle();
  }

  SimStore store;

 private:
  std::mt19937_64 random_{5};
  std::uint64_t id_ = 0;
};

/// What can be read, by all kinds of queries.
Readings readings(SimStore& store) {
  std::vector<Query> queries{{}, {.direction = Direction::backwards, .from = Query::kEnd}};
  for (int i = 0; i < 7; ++i) {
    queries.push_back({.selector = Selector::stream("order-" + std::to_string(i))});
  }
  queries.push_back({.from = 37, .limit = 20, .items = {{{"paid"}, {"by=ann"}}}});
  return read_each(store, queries);
}

void crash(SimStore& store, const CrashPolicy& policy) {
  store.disk().stop_at_call(store.disk().calls() + 1);
  store.drop();
  store.disk().crash_power(policy);
  store.reopen_directory();
}

}  // namespace

TEST_SUITE("engine") {
  TEST_CASE("compressed: old segments are compressed, and everything reads as before") {
    Filled filled;
    SimStore& store = filled.store;
    const Readings before = readings(store);
    CHECK(store.engine().info().compressed_segments == 0);
    filled.grow_old();
    const StoreInfo info = store.engine().info();
    CHECK(info.compressed_segments == info.sealed_segments);
    CHECK(info.compressed_bytes < info.compressed_bytes_before / 2);
    CHECK(readings(store) == before);
    store.engine().run_until_idle();
    CHECK(store.engine().info().decoded_bytes <= 100 << 10);
    filled.append("order-1", 3);
    store.engine().run_until_idle();
    SUBCASE("opened again") { REQUIRE(store.close()); }
    SUBCASE("after a crash") { crash(store, CrashPolicy::none()); }
    SUBCASE("with an index to be made again") {
      REQUIRE(store.close());
      for (const std::string& name : store.disk().names()) {
        if (name.ends_with(".run")) store.disk().damage(name, 100, as_bytes("damage"));
      }
    }
    REQUIRE(store.open());
    CHECK(store.engine().info().compressed_segments == info.compressed_segments);
    Readings after = readings(store);
    CHECK(after[0].size() == before[0].size() + 3);
    after[0].resize(before[0].size());
    CHECK(after[0] == before[0]);
    check_verified(store);
  }

  TEST_CASE("compressed: a run has its first record, however few bytes are wanted") {
    Filled filled;
    SimStore& store = filled.store;
    filled.grow_old();
    const std::uint64_t events = store.engine().info().head.value();
    for (const std::size_t bytes_max : {std::size_t{1}, std::size_t{700}, std::size_t{100'000}}) {
      auto walk = store.engine().read({});
      REQUIRE(walk.has_value());
      std::uint64_t records = 0;
      while (true) {
        const auto run = walk.assume_value()->next_run(bytes_max);
        REQUIRE_MESSAGE(run.has_value(), run.assume_error().message());
        if (!run.assume_value()) break;
        records += run.assume_value()->records;
        store.engine().run_until_idle();
      }
      CHECK(records == events);
    }
  }

  TEST_CASE("compressed: a crash at any call while segments are compressed loses nothing") {
    Filled filled;
    const Readings before = readings(filled.store);
    REQUIRE(filled.store.close());
    const std::unique_ptr<sim::SimDisk> start = filled.store.disk().clone();
    filled.store.drop();
    for (std::uint64_t call = 1;; call += 3) {
      CAPTURE(call);
      SimStore store;
      store.options = filled.store.options;
      store.use(start->clone());
      REQUIRE(store.open());
      store.clock().advance(kAge + std::chrono::hours(1000));
      store.disk().stop_at_call(store.disk().calls() + call);
      store.engine().run_until_idle();
      const bool stopped = store.disk().stopped();
      crash(store, CrashPolicy::random(call));
      REQUIRE(store.open());
      REQUIRE(readings(store) == before);
      if (!stopped) break;
    }
  }

  TEST_CASE("compressed: compaction makes plain segments, which are compressed again") {
    Filled filled;
    SimStore& store = filled.store;
    filled.grow_old();
    const std::uint64_t compressed = store.engine().info().compressed_segments;
    REQUIRE(compressed > 3);
    REQUIRE(store
                .append({{"$$order-3",
                          Expected::any(),
                          {{id_of(900'000), "$metadata", R"({"$deleted":true})"}}}})
                ->has_value());
    const Readings before = readings(store);
    REQUIRE(store.engine().start_compaction({.bytes_per_second = 0}));
    store.engine().run_until_idle();
    CHECK_FALSE(store.engine().compactor().status().failed);
    CHECK(store.engine().compactor().status().segments_compacted > 0);
    CHECK(store.engine().info().compressed_segments < compressed);
    CHECK(readings(store) == before);
    filled.grow_old();
    const StoreInfo info = store.engine().info();
    CHECK(info.compressed_segments == info.sealed_segments);
    CHECK(readings(store) == before);
    check_verified(store);
  }

  TEST_CASE("compressed: who reads while a segment is compressed and forgotten goes on") {
    Filled filled;
    SimStore& store = filled.store;
    const std::uint64_t events = store.engine().info().head.value();
    auto walk = store.engine().read({});
    auto live = store.engine().subscribe({});
    REQUIRE(walk.has_value());
    REQUIRE(live.has_value());
    std::uint64_t next = 1;
    while (next <= events) {
      const auto event = walk.assume_value()->next();
      REQUIRE(event.has_value());
      REQUIRE(event.assume_value().has_value());
      CHECK(event.assume_value()->position == Position(next++));
      if (next == 20) filled.grow_old();
      if (next % 10 == 0) store.engine().run_until_idle();
    }
    CHECK(store.engine().info().compressed_segments > 0);
    filled.append("order-1", 1);
    store.engine().run_until_idle();
    CHECK(readings(store)[0].size() == events + 1);
  }

  TEST_CASE("compressed: what cannot be written is tried again, and what gains nothing stays") {
    Filled filled;
    SimStore& store = filled.store;
    const Readings before = readings(store);
    store.disk().add_fault({.site = "log.compress_sync", .error = EIO});
    filled.grow_old();
    CHECK(store.engine().info().compressed_segments == 0);
    CHECK_FALSE(store.engine().info().failed);
    filled.grow_old();
    CHECK(store.engine().info().compressed_segments > 0);
    CHECK(readings(store) == before);
  }
}

}  // namespace esker::tests
