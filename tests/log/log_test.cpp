#include "log/log.hpp"

#include <cerrno>

#include "log/log_fixture.hpp"

namespace esker::log {

using sim::Call;
using sim::CrashPolicy;

TEST_SUITE("log") {
  TEST_CASE_FIXTURE(LogFixture, "log: a new one is empty, and what is written to it is visible") {
    open();
    CHECK(log_->report().created);
    CHECK(log_->visible() == Position());
    CHECK(log_->incarnation() == Incarnation(1));
    committed(3);
    CHECK(log_->visible() == Position(3));
    CHECK(log_->synced() == Position(3));
    CHECK(check_all() == 3);
  }

  TEST_CASE_FIXTURE(LogFixture, "log: after an orderly close nothing is scanned in vain") {
    open();
    for (int i = 0; i < 10; ++i) committed(2);
    close();
    open();
    CHECK(log_->report().clean);
    CHECK_FALSE(log_->report().created);
    CHECK(log_->report().events == 20);
    CHECK(log_->report().torn_bytes == 0);
    CHECK(log_->report().warnings.empty());
    CHECK(log_->incarnation() == Incarnation(2));
    CHECK(check_all() == 20);
    committed(1);
    CHECK(check_all() == 21);
  }

  TEST_CASE_FIXTURE(LogFixture, "log: what was written is there after a loss of power") {
    open();
    for (int i = 0; i < 10; ++i) committed(2);
    crash(CrashPolicy::none());
    CHECK_FALSE(log_->report().clean);
    CHECK(check_all() == 20);
  }

  TEST_CASE_FIXTURE(LogFixture, "log: rolls over, seals what is full, and opens it again") {
    open();
    fill_segments(5);
    const std::uint64_t events = check_all();
    CHECK(sealed_ == 4);
    const auto& segments = log_->segments()->all();
    for (std::size_t i = 0; i < segments.size(); ++i) CHECK(segments[i]->sealed() == (i < 4));
    crash(CrashPolicy::none());
    CHECK(log_->report().segments == 5);
    CHECK(log_->report().events == events);
    CHECK(log_->report().events_scanned < events);
    CHECK(check_all() == events);
  }

  TEST_CASE_FIXTURE(LogFixture, "log: segments grow to their full length") {
    options_.segment_bytes = 256 << 10;
    open();
    fill_segments(4);
    const auto& segments = log_->segments()->all();
    CHECK(segments[0]->header().file_bytes == 64 << 10);
    CHECK(segments[1]->header().file_bytes == 128 << 10);
    CHECK(segments[2]->header().file_bytes == 256 << 10);
    CHECK(segments[3]->header().file_bytes == 256 << 10);
  }

  TEST_CASE_FIXTURE(LogFixture, "log: a commit longer than a segment gets a longer one") {
    open();
    SUBCASE("in place of the first, which is empty") {
      committed(2, 100'000);
      CHECK(log_->segments()->all().size() == 1);
    }
    SUBCASE("in place of the one that was prepared") {
      committed(1);
      run_background();
      committed(2, 100'000);
      CHECK(log_->segments()->all().size() == 2);
    }
    const std::uint64_t events = check_all();
    committed(3, 1000);
    crash(CrashPolicy::none());
    CHECK(check_all() == events + 3);
  }

  TEST_CASE_FIXTURE(LogFixture,
                    "log: a longer segment asked for while the shorter one is being prepared takes "
                    "its place once") {
    open();
    committed(1);
    for (int step = 0; step < 3; ++step) REQUIRE(log_->background_step());
    committed(2, 100'000);
    run_background();
    for (int i = 0; i < 20; ++i) committed(1, 1000);
    CHECK(check_all() == 23);
    crash(CrashPolicy::none());
    CHECK(check_all() == 23);
  }

  TEST_CASE_FIXTURE(LogFixture,
                    "log: once it is open neither slot of the watermark says that it was closed") {
    open();
    committed(3);
    close();
    open();
    drop();
    SUBCASE("the first is damaged") { flip(std::string(format::kWatermarkFileName), 20); }
    SUBCASE("the second is damaged") {
      flip(std::string(format::kWatermarkFileName), format::kWatermarkSlotBytes + 20);
    }
    open();
    CHECK_FALSE(log_->report().clean);
    CHECK(check_all() == 3);
  }

  TEST_CASE_FIXTURE(LogFixture, "log: a commit that no segment can hold is too large") {
    open();
    committed(1);
    const auto next = log_->roll(*log_->end_at_open().segment, 1, 17ULL << 30, 1);
    REQUIRE_FALSE(next.has_value());
    CHECK(next.assume_error().code() == Errc::too_large);
  }

  TEST_CASE_FIXTURE(LogFixture,
                    "log: a failed write is final, its group unknown, and reading goes on") {
    open();
    committed(2);
    disk_.add_fault({.call = Call::pwrite, .site = "log.group_write", .error = EIO});
    const Result<void> failed = commit(1);
    REQUIRE_FALSE(failed.has_value());
    CHECK(failed.assume_error().code() == Errc::outcome_unknown);
    const Result<void> later = commit(1);
    REQUIRE_FALSE(later.has_value());
    CHECK(later.assume_error().code() == Errc::store_failed);
    CHECK(log_->failure().has_value());
    CHECK(check_all() == 2);
    const Result<void> closed = log_->close();
    CHECK(closed.assume_error().code() == Errc::store_failed);
  }

  TEST_CASE_FIXTURE(LogFixture, "log: a failed sync is final and is never repeated") {
    open();
    committed(2);
    disk_.add_fault({.call = Call::fdatasync, .site = "log.group_sync", .error = EIO});
    CHECK(commit(1).assume_error().code() == Errc::outcome_unknown);
    CHECK(log_->visible() == Position(2));
    const std::uint64_t syncs = disk_.sites()["log.group_sync"].calls;
    CHECK(commit(1).assume_error().code() == Errc::store_failed);
    run_background();
    CHECK(log_->close().assume_error().code() == Errc::store_failed);
    CHECK(disk_.sites()["log.group_sync"].calls == syncs);
    crash(CrashPolicy::none());
    CHECK(check_all() >= 2);
  }

  TEST_CASE_FIXTURE(LogFixture,
                    "log: with an interval, what is written is visible and synced when it is due") {
    options_.durability = Durability::every(std::chrono::milliseconds(10));
    open();
    committed(2);
    CHECK(log_->visible() == Position(2));
    CHECK(log_->synced() == Position(0));
    auto due = log_->sync_if_due();
    REQUIRE(due.has_value());
    REQUIRE(due.assume_value().has_value());
    clock_.advance(std::chrono::milliseconds(10));
    due = log_->sync_if_due();
    REQUIRE(due.has_value());
    CHECK_FALSE(due.assume_value().has_value());
    CHECK(log_->synced() == Position(2));
    committed(1);
    crash(CrashPolicy::none());
    CHECK(check_all() == 2);
  }

  TEST_CASE_FIXTURE(LogFixture,
                    "log: without syncs, a rollover still makes the full segment durable") {
    options_.durability = Durability::none();
    open();
    fill_segments(3);
    const Position second_end = log_->segments()->all()[1]->end();
    crash(CrashPolicy::none());
    CHECK(check_all() == second_end.previous().value());
    CHECK(log_->incarnation() == Incarnation(2));
  }

  TEST_CASE_FIXTURE(LogFixture, "log: after close no group is lost and the watermark says so") {
    options_.durability = Durability::none();
    open();
    committed(5);
    close();
    crash(CrashPolicy::none());
    CHECK(log_->report().clean);
    CHECK(check_all() == 5);
  }
}

}  // namespace esker::log
