// Syncs that fail, and what of it the disk, the page cache and the error's reporter keep to themselves.

#include <doctest/doctest.h>

#include <cerrno>

#include "support/sim_store.hpp"

namespace esker::tests {
namespace {

using sim::CrashPolicy;
using sim::SyncFailure;

/// A store that has acknowledged three appends when the sync of the fourth fails, and what it said of those that followed.
struct Failed {
  /// `seed` draws which sectors of the failed group reach the disk.
  Failed(SyncFailure failure, std::uint64_t seed) {
    store.use(std::make_unique<sim::SimDisk>(seed));
    store.reopen_directory();
    REQUIRE(store.open());
    for (int i = 0; i < 3; ++i) REQUIRE(append()->has_value());
    store.disk().add_fault({.call = sim::Call::fdatasync,
                            .site = "log.group_sync",
                            .error = EIO,
                            .sync_failure = failure});
  }

  std::optional<Result<AppendResult>> append() {
    return store.append({{"order-1", Expected::any(), events(3, 1 + 3 * appends++, "paid", 900)}});
  }

  Errc fails() { return append()->assume_error().code(); }

  /// The process ends and another one opens the store, on the same page cache.
  Result<void> restart() {
    store.disk().stop_at_call(0);
    store.drop();
    store.disk().clear_faults();
    store.disk().crash_process();
    store.reopen_directory();
    return store.open();
  }

  Result<void> lose_power() {
    store.disk().stop_at_call(0);
    store.drop();
    store.disk().crash_power(CrashPolicy::none());
    store.reopen_directory();
    return store.open();
  }

  std::vector<ModelEvent> read() { return store.read({}).assume_value(); }

  SimStore store;
  std::uint64_t appends = 0;
};

constexpr std::uint64_t kSeeds = 40;

}  // namespace

TEST_SUITE("engine") {
  // F7, F8.
  TEST_CASE("failed sync: what is served after a restart is as durable as it looks") {
    for (const SyncFailure failure : {SyncFailure::cache_new, SyncFailure::cache_reverted}) {
      for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
        CAPTURE(static_cast<int>(failure));
        CAPTURE(seed);
        Failed failed(failure, seed);
        CHECK(failed.fails() == Errc::outcome_unknown);
        CHECK(failed.fails() == Errc::store_failed);
        CHECK(failed.read().size() == 9);
        REQUIRE(failed.restart());
        const std::vector<ModelEvent> served = failed.read();
        CHECK((served.size() == 9 || served.size() == 12));
        REQUIRE(failed.lose_power());
        CHECK(failed.read() == served);
      }
    }
  }

  // F8.
  TEST_CASE("failed sync: one that is reported a sync late is never a silent loss") {
    std::uint64_t losses = 0;
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
      CAPTURE(seed);
      Failed failed(SyncFailure::reported_late, seed);
      CHECK(failed.append()->has_value());
      CHECK(failed.fails() == Errc::outcome_unknown);
      CHECK(failed.fails() == Errc::store_failed);
      CHECK(failed.read().size() == 12);
      REQUIRE(failed.restart());
      const std::vector<ModelEvent> served = failed.read();
      CHECK(served.size() >= 12);
      // The disk has lost what it reported as durable (F13); the records behind it tell.
      const Result<void> opened = failed.lose_power();
      if (opened) {
        CHECK(failed.read() == served);
      } else {
        CHECK(opened.assume_error().code() == Errc::corrupt);
        ++losses;
      }
    }
    CHECK(losses > 0);
  }
}

}  // namespace esker::tests
