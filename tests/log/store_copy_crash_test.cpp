// F19: a copy that is stopped at each of its calls, fails at each of them, or finds the disk full.

#include <algorithm>
#include <cerrno>

#include "log/copy_fixture.hpp"

namespace esker::log {
namespace {

using sim::CrashPolicy;

/// What a directory in which a copy was made is, after a crash.
class CopyCrashFixture : public CopyFixture {
 protected:
  /// A source with two sealed segments, one that is full and not sealed, and the beginning of another.
  void make_source() {
    open();
    fill_segments(3);
    while (log_->segments()->all().size() < 4) committed(8, 1000);
    committed(3, 200);
    events_ = check_all();
    drop();
    for (const std::string& name : disk_.names()) {
      REQUIRE(
          directory_->open(name, io::OpenMode::read_write, kCopyTest).value()->sync_all(kCopyTest));
    }
    REQUIRE(directory_->sync(kCopyTest));
    source_ = all_bytes(disk_, "/sim");
  }

  /// Nothing that a store would be opened from, or the whole one.
  void check_target(sim::SimDisk& disk, bool finished) {
    CHECK(all_bytes(disk, "/sim") == source_);
    const auto target = disk.open_directory("/copy");
    LogOptions options = options_;
    options.create = false;
    const auto log = Log::open(*target, clock_, options);
    if (log.has_error()) {
      CHECK_FALSE(finished);
      const Errc code = log.error().code();
      CHECK((code == Errc::not_found || code == Errc::corrupt));
    } else {
      CHECK(log.value()->visible() == Position(events_));
    }
  }

  /// The same command again makes a whole copy.
  void check_again(sim::SimDisk& disk, const CopyOptions& options) {
    const Result<CopyReport> again = try_copy(disk, "/copy", options);
    if (again.has_error()) {
      // It was finished, or as good as that.
      CHECK(again.error().code() == Errc::invalid_argument);
    }
    check_target(disk, true);
  }

  std::uint64_t events_ = 0;
  std::vector<std::vector<std::byte>> source_;
};

}  // namespace

TEST_SUITE("log") {
  TEST_CASE_FIXTURE(CopyCrashFixture,
                    "store copy: a crash at any call leaves no store or the whole one") {
    make_source();
    CopyOptions options;
    SUBCASE("linked") {}
    SUBCASE("copied") { options.real_copies = true; }
    SUBCASE("cut") {
      options.limit.position = Position(20);
      events_ = 16;
    }
    const std::unique_ptr<sim::SimDisk> start = disk_.clone();
    for (std::uint64_t call = 1;; ++call) {
      CAPTURE(call);
      const std::unique_ptr<sim::SimDisk> disk = start->clone();
      disk->stop_at_call(call);
      const Result<CopyReport> done = try_copy(*disk, "/copy", options);
      const bool stopped = disk->stopped();
      for (const CrashPolicy& policy :
           {CrashPolicy::none(), CrashPolicy::all(), CrashPolicy::random(call),
            CrashPolicy::random(call * 7, 6)}) {
        const std::unique_ptr<sim::SimDisk> crashed = disk->clone();
        crashed->crash_power(policy);
        check_target(*crashed->clone(), done.has_value());
        check_again(*crashed, options);
      }
      if (!stopped) break;
    }
  }

  TEST_CASE_FIXTURE(
      CopyCrashFixture,
      "store copy: after an error at any call nothing is left, and it can be run again") {
    make_source();
    for (const int error : {EIO, ENOSPC}) {
      for (std::uint64_t nth = 1;; ++nth) {
        CAPTURE(error);
        CAPTURE(nth);
        const std::unique_ptr<sim::SimDisk> disk = disk_.clone();
        disk->add_fault({.site = "log.copy*", .nth = nth, .error = error});
        const Result<CopyReport> done = try_copy(*disk, "/copy", {.real_copies = nth % 2 == 0});
        check_target(*disk->clone(), done.has_value());
        disk->clear_faults();
        if (done.has_error()) {
          CHECK((done.error().code() == Errc::io_error || done.error().code() == Errc::no_space));
        }
        check_again(*disk, {});
        if (nth > 200 && done.has_value()) break;
      }
    }
  }

  TEST_CASE_FIXTURE(CopyCrashFixture, "store copy: a full disk is an error that leaves nothing") {
    make_source();
    for (const char* site : {"log.copy_write", "log.copy_write_records", "log.copy_create"}) {
      CAPTURE(site);
      disk_.add_fault({.site = site, .for_ever = true, .error = ENOSPC});
      CHECK(try_copy("/copy", {.real_copies = true}).error().code() == Errc::no_space);
      CHECK(disk_.names("/copy").empty());
      disk_.clear_faults();
    }
    CHECK(copy("/copy").last == Position(events_));
  }

  TEST_CASE_FIXTURE(CopyCrashFixture,
                    "store copy: an unfinished copy is no store, and is told of") {
    make_source();
    disk_.add_fault({.site = "log.copy_link", .nth = 2, .for_ever = true, .error = EIO});
    disk_.add_fault({.site = "log.copy_clear*", .for_ever = true, .error = EIO});
    CHECK(try_copy("/copy").error().code() == Errc::io_error);
    disk_.clear_faults();
    look_at("/copy");
    const Result<void> opened = try_open();
    REQUIRE(opened.has_error());
    CHECK(opened.error().code() == Errc::corrupt);
    CHECK(opened.error().message().find("unfinished copy") != std::string::npos);
    CHECK(survey_directory(*directory_).error().code() == Errc::corrupt);
    CHECK(try_copy("/other", {}, "/copy").error().code() == Errc::corrupt);
    const CopyReport report = copy("/copy");
    CHECK(report.begun_again);
    CHECK(report.last == Position(events_));
    check_store("/copy", events_);
  }
}

}  // namespace esker::log
