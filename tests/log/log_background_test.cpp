#include <cerrno>

#include "log/log_fixture.hpp"

namespace esker::log {

using sim::Call;
using sim::CrashPolicy;

TEST_SUITE("log") {
  TEST_CASE_FIXTURE(LogFixture, "background: prepares the next segment before it is needed") {
    open();
    run_background();
    CHECK(disk_.durable_names() == std::vector<std::string>{file(1), file(2), "watermark"});
    const std::uint64_t calls = disk_.sites()["log.prepare_create"].calls;
    fill_segments(2);
    CHECK(disk_.sites()["log.prepare_create"].calls == calls + 1);  // the third
  }

  TEST_CASE_FIXTURE(
      LogFixture, "background: without space appends are refused, and resume when there is some") {
    open();
    committed(8, 1000);
    disk_.add_fault({.call = Call::pwrite, .name = "*.tmp", .for_ever = true, .error = ENOSPC});
    Result<void> refused = ok();
    while (refused) refused = commit(8, 1000);
    CHECK(refused.assume_error().code() == Errc::no_space);
    const std::uint64_t events = check_all();
    CHECK(commit(8, 1000).assume_error().code() == Errc::no_space);
    const std::vector<std::string> left = disk_.names();
    CHECK(left == std::vector<std::string>{file(1), "watermark"});
    disk_.clear_faults();
    Result<Group> group = build(8, 1000);
    REQUIRE(group.has_value());
    CHECK(log_->visible() == Position(events));
  }

  TEST_CASE_FIXTURE(LogFixture, "background: a directory that has been moved away fails the log") {
    open();
    disk_.move_directory("/sim", "/elsewhere");
    run_background();
    REQUIRE(log_->failure().has_value());
    CHECK(log_->failure()->code() == Errc::store_failed);
  }

  TEST_CASE_FIXTURE(LogFixture, "background: sealing that fails for want of space is tried again") {
    open();
    disk_.add_fault({.call = Call::pwrite, .site = "log.seal_table", .error = ENOSPC});
    fill_segments(2);
    run_background();
    CHECK(sealed_ == 0);
    CHECK_FALSE(log_->failure().has_value());
    REQUIRE(log_->background_due().has_value());
    clock_.advance(std::chrono::seconds(2));
    run_background();
    CHECK(sealed_ == 1);
    check_all();
  }

  TEST_CASE_FIXTURE(LogFixture, "background: a failed sync of a full segment is final") {
    open();
    disk_.add_fault({.call = Call::fdatasync, .site = "log.seal_sync_table", .error = EIO});
    while (log_->segments()->all().size() < 2) committed(8, 1000);
    run_background();
    CHECK(log_->failure().has_value());
    CHECK(failure_announced_);
    check_all();
  }

  TEST_CASE_FIXTURE(LogFixture,
                    "background: the watermark follows the log, at most once an interval") {
    open();
    committed(1);
    run_background();
    const std::uint64_t writes = disk_.sites()["log.watermark_write"].calls;
    for (int i = 0; i < 5; ++i) committed(1);
    run_background();
    CHECK(disk_.sites()["log.watermark_write"].calls == writes);
    REQUIRE(log_->background_due().has_value());
    clock_.advance(options_.watermark_interval);
    run_background();
    CHECK(disk_.sites()["log.watermark_write"].calls == writes + 1);
    CHECK_FALSE(log_->background_due().has_value());
  }

  TEST_CASE_FIXTURE(LogFixture, "background: a watermark that cannot be written does no harm") {
    open();
    run_background();
    disk_.add_fault({.call = Call::pwrite, .name = "watermark", .for_ever = true, .error = ENOSPC});
    committed(3);
    clock_.advance(options_.watermark_interval);
    run_background();
    committed(1);
    disk_.clear_faults();
    crash(CrashPolicy::none());
    CHECK(check_all() == 4);
  }

  TEST_CASE_FIXTURE(LogFixture,
                    "background: a segment that was not sealed before a stop is sealed after it") {
    open();
    disk_.add_fault(
        {.call = Call::pwrite, .site = "log.seal_table", .for_ever = true, .error = ENOSPC});
    fill_segments(3);
    CHECK(sealed_ == 0);
    disk_.clear_faults();
    crash(CrashPolicy::none());
    run_background();
    CHECK(sealed_ == 2);
    check_all();
  }
}

}  // namespace esker::log
