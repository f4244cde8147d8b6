#include <doctest/doctest.h>

#include "engine/check_same.hpp"
#include "engine/filled_store.hpp"
#include "engine/power_loss.hpp"
#include "engine/readings.hpp"
#include "support/sim_store.hpp"
#include "support/system_streams.hpp"

namespace esker::tests {
namespace {

/// What can be read, by all kinds of queries.
using Readings = std::vector<std::vector<ModelEvent>>;
Readings readings(SimStore& store) {
  std::vector<Query> queries{
      {},
      {.direction = Direction::backwards, .from = Query::kEnd},
      {.system = true},
      {.selector = Selector::prefix("kept-")},
      {.selector = Selector::category("cut"), .from = 100},
      {.limit = 50, .items = {{{"paid"}, {"by=ann"}}}},
      {.from_checkpoint = "mailer"},
      {.direction = Direction::backwards, .from = 200, .limit = 30},
      {.since = Timestamp(1)},
  };
  for (const char* const stream : {"bounded-1", "deleted-1", "ended-1", "kept-1", "cut-1"}) {
    queries.push_back(of_stream(stream));
  }
  for (std::uint64_t id = 1; id < 500; id += 7) {
    queries.push_back({.selector = Selector::id(id_of(id))});
  }
  return read_each(store, queries);
}

std::uint64_t file_bytes(SimStore& store) {
  std::uint64_t bytes = 0;
  for (const std::string& name : store.disk().names()) {
    if (name.ends_with(".segment")) bytes += store.disk().bytes(name).size();
  }
  return bytes;
}

}  // namespace

TEST_SUITE("engine") {
  TEST_CASE("compaction: what has been released goes, and all else reads as before") {
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
      CAPTURE(seed);
      FilledStore filled(seed);
      SimStore& store = filled.store;
      const Readings before = readings(store);
      const std::uint64_t bytes = file_bytes(store);
      const std::uint64_t sealed = store.engine().info().sealed_segments;
      const CompactionStatus status = filled.compact();
      CHECK_FALSE(status.failed);
      CHECK(status.segments == sealed);
      CHECK(status.segments_done == status.segments);
      CHECK(status.segments_compacted > 0);
      CHECK(status.bytes_after < status.bytes_before);
      CHECK(file_bytes(store) == bytes - status.bytes_before + status.bytes_after);
      CHECK(readings(store) == before);
      check_verified(store);
      REQUIRE(store.close());
      REQUIRE(store.open());
      CHECK(readings(store) == before);
      // What is there is enough to make the index again.
      REQUIRE(store.close());
      for (const std::string& name : store.disk().names()) {
        if (name.ends_with(".run")) store.disk().damage(name, 100, as_bytes("damage"));
      }
      REQUIRE(store.open());
      CHECK(readings(store) == before);
      // There is nothing left to be released.
      const CompactionStatus again = filled.compact();
      CHECK(again.segments_compacted == 0);
      CHECK(again.released == decltype(again.released){});
    }
  }

  TEST_CASE("compaction: versions go on, and what is still there is still known") {
    FilledStore filled;
    SimStore& store = filled.store;
    const Version deleted = store.engine().current_version("deleted-1").assume_value();
    const Version ended = store.engine().current_version("ended-1").assume_value();
    filled.compact();
    CHECK(store.engine().current_version("deleted-1").assume_value() == deleted);
    CHECK(store.engine().current_version("ended-1").assume_value() == ended);
    CHECK(error_of(*store.append({{"ended-1", Expected::any(), events(1, 9'000)}})) ==
          Errc::tombstoned);
    const auto again = store.append({{"deleted-1", Expected::no_stream(), events(1, 9'001)}});
    REQUIRE(again->has_value());
    CHECK(again->assume_value().streams[0].first_version == deleted.next());
    const auto exact = store.append({{"deleted-1", Expected::exactly(deleted.next()),  //
                                      events(1, 9'002)}});
    CHECK(exact->has_value());
    // The remnant is not the stream's last event any more; sealed, it goes.
    for (int i = 0; i < 120; ++i) filled.append("kept-1", 3);
    store.engine().run_until_idle();
    CHECK(filled.compact().segments_compacted > 0);
    CHECK(names_of(store, of_stream("deleted-1")) ==
          Names{"deleted-1@" + std::to_string(deleted.value() + 1),
                "deleted-1@" + std::to_string(deleted.value() + 2)});
    check_verified(store);
  }

  TEST_CASE("compaction: who reads in a segment that is replaced is not disturbed") {
    FilledStore filled;
    SimStore& store = filled.store;
    const Readings before = readings(store);
    auto walk = store.engine().read({});
    auto live = store.engine().subscribe({});
    REQUIRE(walk.has_value());
    REQUIRE(live.has_value());
    std::vector<std::uint64_t> read;
    std::vector<std::uint64_t> delivered;
    const auto read_one = [&] {
      const auto event = walk.assume_value()->next();
      REQUIRE(event.has_value());
      if (event.assume_value()) read.push_back(event.assume_value()->position.value());
      return event.assume_value().has_value();
    };
    const auto deliver_one = [&] {
      const auto event = live.assume_value()->poll();
      REQUIRE(event.has_value());
      if (event.assume_value()) delivered.push_back(event.assume_value()->position.value());
      return event.assume_value().has_value();
    };
    for (int i = 0; i < 50; ++i) {
      REQUIRE(read_one());
      REQUIRE(deliver_one());
    }
    filled.compact();
    while (read_one()) {
    }
    while (deliver_one()) {
    }
    std::vector<std::uint64_t> expected;
    for (const ModelEvent& event : before.front()) expected.push_back(event.position.value());
    CHECK(read == expected);
    CHECK(delivered == expected);
  }

  TEST_CASE("compaction: a dry run tells what there is to be released, and releases nothing") {
    FilledStore filled;
    SimStore& store = filled.store;
    const std::uint64_t bytes = file_bytes(store);
    const CompactionStatus dry = filled.compact({.bytes_per_second = 0, .dry_run = true});
    CHECK(file_bytes(store) == bytes);
    const CompactionStatus real = filled.compact();
    CHECK(real.released == dry.released);
    CHECK(dry.segments_merged == 0);
    // Merged, the segments take less still: a header, a table and a footer for several.
    CHECK(real.segments_merged > 1);
    CHECK(real.bytes_after < dry.bytes_after);
    const auto of = [&real](StreamClass stream_class) {
      return real.released[static_cast<std::size_t>(stream_class)].events;
    };
    CHECK(of(StreamClass::application) > 100);
    CHECK(of(StreamClass::checkpoints) > 10);
    CHECK(of(StreamClass::snapshots) == 0);
  }

  // F19.
  TEST_CASE("compaction: a crash at any of its calls leaves each segment whole") {
    std::uint64_t points = 0;
    const FilledStore origin;
    const std::unique_ptr<sim::SimDisk> disk =
        const_cast<FilledStore&>(origin).store.disk().clone();
    Readings before;
    for (std::uint64_t call = 1;; ++call) {
      CAPTURE(call);
      SimStore store;
      store.use(disk->clone());
      store.disk().crash_process();
      store.reopen_directory();
      REQUIRE(store.open());
      store.engine().run_until_idle();
      if (before.empty()) before = readings(store);
      store.disk().stop_at_call(store.disk().calls() + call);
      REQUIRE(store.engine().start_compaction(kAtOnce));
      store.engine().run_until_idle();
      const bool stopped = store.disk().stopped();
      store.drop();
      for_each_power_loss(store.disk(), call, [&](SimStore& after) {
        const auto opened = after.open();
        REQUIRE_MESSAGE(opened.has_value(), opened.assume_error().message());
        CHECK(readings(after) == before);
        check_verified(after);
        REQUIRE(after.engine().start_compaction(kAtOnce));
        after.engine().run_until_idle();
        CHECK_FALSE(after.engine().compactor().status().failed);
        CHECK(readings(after) == before);
        ++points;
      });
      if (!stopped) break;
    }
    MESSAGE(points, " crash points");
    CHECK(points > 60);
  }

  TEST_CASE("compaction: what a call answers with an error leaves the store as it was") {
    for (const char* const site :
         {"log.compact_create", "log.compact_copy", "log.compact_table", "log.compact_footer",
          "log.compact_sync", "log.compact_rename", "log.compact_sync_directory",
          "log.compact_open", "log.compact_header", "log.compact_empty",
          "log.compact_check_directory", "log.compact_remove_merged", "log.compact_sync_removed"}) {
      CAPTURE(site);
      FilledStore filled;
      SimStore& store = filled.store;
      const Readings before = readings(store);
      const std::string name(site);
      const sim::Call call = name.ends_with("create") || name.ends_with("open") ? sim::Call::openat
                             : name.ends_with("empty")           ? sim::Call::ftruncate
                             : name.ends_with("sync")            ? sim::Call::fsync
                             : name.ends_with("rename")          ? sim::Call::renameat
                             : name.ends_with("sync_directory")  ? sim::Call::fsync_directory
                             : name.ends_with("sync_removed")    ? sim::Call::fsync_directory
                             : name.ends_with("remove_merged")   ? sim::Call::unlinkat
                             : name.ends_with("check_directory") ? sim::Call::same_inode
                                                                 : sim::Call::pwrite;
      store.disk().add_fault({.call = call, .site = site, .nth = 1, .error = ENOSPC});
      const CompactionStatus status = filled.compact();
      CHECK(status.failed);
      CHECK_FALSE(status.running);
      CHECK(readings(store) == before);
      for (const std::string& left : store.disk().names()) CHECK_FALSE(left.ends_with(".tmp"));
      store.disk().clear_faults();
      CHECK_FALSE(filled.compact().failed);
      CHECK(readings(store) == before);
      REQUIRE(store.close());
      REQUIRE(store.open());
      CHECK(readings(store) == before);
    }
  }

  TEST_CASE("compaction: a merge that was left unsure is not tried again before the next open") {
    FilledStore filled;
    SimStore& store = filled.store;
    const Readings before = readings(store);
    const std::uint64_t compacted =
        filled.compact({.bytes_per_second = 0, .dry_run = true}).segments_compacted;
    store.disk().add_fault({.call = sim::Call::fsync_directory,
                            .site = "log.compact_sync_directory",
                            .nth = compacted + 1,
                            .error = EIO});
    CHECK(filled.compact().failed);
    store.disk().clear_faults();
    CHECK(readings(store) == before);
    const CompactionStatus again = filled.compact();
    CHECK_FALSE(again.failed);
    CHECK(again.segments_merged == 0);
    REQUIRE(store.close());
    REQUIRE(store.open());
    CHECK(readings(store) == before);
    CHECK(filled.compact().segments_merged > 1);
    CHECK(readings(store) == before);
    check_verified(store);
  }

  TEST_CASE("compaction: a compacted segment whose footer was damaged is sealed again") {
    FilledStore filled;
    SimStore& store = filled.store;
    const Readings before = readings(store);
    filled.compact();
    REQUIRE(store.close());
    for (const std::string& name : store.disk().names()) {
      if (!name.ends_with(".segment")) continue;
      const std::vector<std::byte> bytes = store.disk().bytes(name);
      const std::uint64_t footer = bytes.size() - format::kSegmentFooterBytes;
      if (bytes[footer] == std::byte{0}) continue;  // it is not sealed
      store.disk().damage(name, footer, as_bytes("damage"));
    }
    REQUIRE(store.open());
    CHECK(readings(store) == before);
    store.engine().run_until_idle();
    REQUIRE(store.close());
    check_verified(store);
    REQUIRE(store.open());
    CHECK(readings(store) == before);
  }

  TEST_CASE("compaction: there is one at a time, and it keeps to its rate") {
    FilledStore filled;
    SimStore& store = filled.store;
    REQUIRE(store.engine().start_compaction({.bytes_per_second = 1 << 20}));
    store.engine().run_until_idle();
    CHECK(store.engine().compactor().status().running);
    CHECK(error_of(store.engine().start_compaction(kAtOnce)) == Errc::busy);
    const std::uint64_t begin = store.clock().now().value();
    while (store.engine().compactor().status().running) {
      store.clock().advance(std::chrono::milliseconds(10));
      store.engine().run_until_idle();
    }
    const std::uint64_t took = store.clock().now().value() - begin;
    const CompactionStatus status = store.engine().compactor().status();
    CHECK(took > status.bytes_after * 1'000'000'000 / (1 << 20));
    REQUIRE(store.engine().start_compaction({.bytes_per_second = 1 << 20}));
    REQUIRE(store.engine().close());  // gives it up
    CHECK(store.engine().compactor().status().failed);
    CHECK(error_of(store.engine().start_compaction(kAtOnce)) == Errc::closed);
  }
}

}  // namespace esker::tests
