#include "log/copy_proof.hpp"

#include <cerrno>

#include "log/copy_fixture.hpp"

namespace esker::log {
namespace {

class Fixture : public CopyFixture {
 protected:
  CopyReport copy_live() { return copy("/copy", {.source_locked = false}); }
  [[nodiscard]] std::uint64_t syncs() const {
    const auto sites = disk_.sites();
    const auto found = sites.find("log.copy_sync_source");
    return found == sites.end() ? 0 : found->second.calls;
  }
};

}  // namespace

TEST_SUITE("log") {
  TEST_CASE_FIXTURE(Fixture, "copy proof: what was appended last waits for the watermark") {
    open();
    fill_segments(3);
    committed(5);
    const std::uint64_t events = check_all();
    on_wait_ = [this] { run_background(); };
    CHECK(copy_live().last == Position(events));
    CHECK(waits_ > 0);
    CHECK(waits_ < 100);
    CHECK(syncs() == 0);
    CHECK(copy("/at-once", {.source_locked = false}).last == Position(events));
    committed(2);
    close();
    check_store("/copy", events);
  }

  TEST_CASE_FIXTURE(Fixture, "copy proof: what comes meanwhile is not waited for") {
    open();
    committed(5);
    on_wait_ = [this] {
      committed(4, 3000);
      run_background();
    };
    CHECK(copy_live().last == Position(5));
    CHECK(waits_ > 0);
    close();
    check_store("/copy", 5);
  }

  TEST_CASE_FIXTURE(Fixture, "copy proof: a log that is not synced is synced") {
    options_.durability = Durability::none();
    open();
    committed(5);
    CHECK(copy_live().last == Position(5));
    CHECK(syncs() == 1);
    disk_.add_fault({.site = "log.copy_sync_source", .error = EIO});
    committed(1);
    CHECK(try_copy("/failed", {.source_locked = false}).error().code() == Errc::io_error);
    CHECK(disk_.names("/failed").empty());
    close();
    check_store("/copy", 5);
  }

  TEST_CASE_FIXTURE(Fixture, "copy proof: a copy up to an earlier position need not wait") {
    open();
    committed(5);
    committed(5);
    const CopyReport report =
        copy("/copy", {.source_locked = false, .limit = {.position = Position(7)}});
    CHECK(report.last == Position(5));
    CHECK(waits_ == 0);
  }
}

}  // namespace esker::log
