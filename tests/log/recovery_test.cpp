#include "log/recovery.hpp"

#include <algorithm>
#include <cerrno>
#include <set>

#include "log/log_fixture.hpp"
#include "log/preparation.hpp"

namespace esker::log {

using sim::Call;
using sim::CrashPolicy;

TEST_SUITE("log") {
  TEST_CASE_FIXTURE(LogFixture,
                    "recovery: every crash in a group leaves it whole or away, and nothing else") {
    // Sector by sector of the last group: what is kept decides, and never what was acknowledged.
    open();
    committed(3);
    committed(5, 700);
    disk_.add_fault({.call = Call::fdatasync,
                     .site = "log.group_sync",
                     .error = EIO,
                     .sync_failure = sim::SyncFailure::cache_new});
    std::set<std::uint64_t> seen;
    CHECK(commit(4, 900).assume_error().code() == Errc::outcome_unknown);
    drop();
    const std::unique_ptr<sim::SimDisk> crashed = disk_.clone();
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
      CAPTURE(seed);
      const std::unique_ptr<sim::SimDisk> disk = crashed->clone();
      disk->crash_power(CrashPolicy::random(seed));
      directory_ = disk->open_directory();
      open();
      const std::uint64_t events = check_all();
      CHECK((events == 8 || events == 12));
      seen.insert(events);
      committed(2, 50);
      CHECK(check_all() == events + 2);
      drop();
    }
    CHECK(seen.count(8) == 1);
    directory_ = disk_.open_directory();
  }

  TEST_CASE_FIXTURE(LogFixture,
                    "recovery: a torn tail is cut at the last whole commit and zeroed") {
    open();
    committed(3);
    const FileOffset end = log_->segments()->all()[0]->offset_of(Position(4));
    committed(1, 2000);
    drop();
    // The second commit was never acknowledged as far as anybody can tell: nothing says that it was durable.
    flip(file(1), end.value() + 500);
    open();
    CHECK(log_->report().torn_bytes > 2000);
    CHECK(check_all() == 3);
    const std::vector<std::byte> bytes = disk_.durable_bytes(file(1));
    CHECK(std::all_of(bytes.begin() + static_cast<std::ptrdiff_t>(end.value()), bytes.end(),
                      [](std::byte byte) { return byte == std::byte{0}; }));
  }

  TEST_CASE_FIXTURE(LogFixture,
                    "recovery: a bad record that a later one proves durable is corruption") {
    open();
    committed(3);
    committed(3);
    committed(3);
    const FileOffset second = log_->segments()->all()[0]->offset_of(Position(4));
    drop();
    flip(file(1), second.value() + 70);
    const std::vector<std::byte> before = disk_.bytes(file(1));
    const Result<void> opened = try_open();
    REQUIRE_FALSE(opened.has_value());
    CHECK(opened.assume_error().code() == Errc::corrupt);
    CHECK(opened.assume_error().message().find(file(1)) != std::string::npos);
    CHECK(disk_.bytes(file(1)) == before);
  }

  TEST_CASE_FIXTURE(LogFixture,
                    "recovery: a lost last group that the watermark knows is corruption") {
    open();
    committed(3);
    committed(3);
    const FileOffset second = log_->segments()->all()[0]->offset_of(Position(4));
    close();
    flip(file(1), second.value() + 70);
    const Result<void> opened = try_open();
    REQUIRE_FALSE(opened.has_value());
    CHECK(opened.assume_error().code() == Errc::corrupt);
  }

  TEST_CASE_FIXTURE(LogFixture,
                    "recovery: a damaged record in a segment before the last is corruption") {
    open();
    disk_.add_fault(
        {.call = Call::pwrite, .site = "log.seal_table", .for_ever = true, .error = ENOSPC});
    fill_segments(3);
    const FileOffset inside = log_->segments()->all()[0]->offset_of(Position(9));
    drop();
    disk_.clear_faults();
    flip(file(1), inside.value() + 40);
    CHECK(try_open().assume_error().code() == Errc::corrupt);
  }

  TEST_CASE_FIXTURE(LogFixture, "recovery: a damaged footer is made again from the records") {
    open();
    fill_segments(3);
    const std::uint64_t events = check_all();
    close();
    flip(file(1), (64 << 10) - 512 + 40);
    open();
    CHECK(log_->report().warnings.size() == 1);
    CHECK(check_all() == events);
    const std::size_t sealed = sealed_;
    run_background();
    CHECK(sealed_ == sealed + 1);
    CHECK(check_all() == events);
    close();
    open();
    CHECK(log_->report().warnings.empty());
  }

  TEST_CASE_FIXTURE(LogFixture, "recovery: a missing segment is named") {
    open();
    fill_segments(3);
    close();
    REQUIRE(directory_->remove(file(2), io::Site{"test.remove"}));
    const Result<void> opened = try_open();
    CHECK(opened.assume_error().code() == Errc::corrupt);
    CHECK(opened.assume_error().message().find(file(2)) != std::string::npos);
  }

  TEST_CASE_FIXTURE(LogFixture,
                    "recovery: a store whose segments are all gone is not taken for a new one") {
    open();
    committed(1);
    close();
    REQUIRE(directory_->remove(file(1), io::Site{"test.remove"}));
    CHECK(try_open().assume_error().code() == Errc::corrupt);
  }

  TEST_CASE_FIXTURE(LogFixture, "recovery: an empty directory is no store unless one may be made") {
    options_.create = false;
    CHECK(try_open().assume_error().code() == Errc::not_found);
    CHECK(disk_.names().empty());
  }

  TEST_CASE_FIXTURE(LogFixture, "recovery: a segment or watermark of another store is refused") {
    open();
    fill_segments(2);
    close();
    const std::vector<std::byte> watermark = disk_.bytes(std::string(format::kWatermarkFileName));
    const std::vector<std::byte> second = disk_.bytes(file(2));
    directory_ = disk_.open_directory("/other");
    open();
    fill_segments(2);
    close();
    SUBCASE("watermark") { disk_.damage(format::kWatermarkFileName, 0, watermark, "/other"); }
    SUBCASE("segment") { disk_.damage(file(2), 0, second, "/other"); }
    CHECK(try_open().assume_error().code() == Errc::corrupt);
  }

  TEST_CASE_FIXTURE(
      LogFixture,
      "recovery: a missing watermark is reported, replaced, and widens the incarnation") {
    open();
    committed(2);
    close();
    REQUIRE(directory_->remove(format::kWatermarkFileName, io::Site{"test.remove"}));
    open();
    CHECK(log_->report().warnings.size() == 1);
    CHECK(log_->incarnation() > Incarnation(1ULL << 32));
    CHECK(check_all() == 2);
    close();
    open();
    CHECK(log_->report().warnings.empty());
  }

  TEST_CASE_FIXTURE(LogFixture, "recovery: leftovers are removed and files of others left alone") {
    open();
    committed(1);
    close();
    const auto make = [this](const std::string& name) {
      REQUIRE(directory_->open(name, io::OpenMode::create_new, io::Site{"test.make"}));
    };
    make(file(9) + ".tmp");
    make("notes.txt");
    open();
    const std::vector<std::string> names = disk_.names();
    CHECK(std::count(names.begin(), names.end(), file(9) + ".tmp") == 0);
    CHECK(std::count(names.begin(), names.end(), "notes.txt") == 1);
    CHECK(log_->report().warnings.size() == 1);
  }

  TEST_CASE_FIXTURE(LogFixture, "recovery: what was served after a kill survives a loss of power") {
    open();
    committed(3);
    // Written and not synced: the process dies, and the page cache still has it.
    disk_.add_fault({.call = Call::fdatasync, .site = "log.group_sync", .error = EIO});
    CHECK(commit(2).assume_error().code() == Errc::outcome_unknown);
    drop();
    disk_.clear_faults();
    disk_.crash_process();
    directory_ = disk_.open_directory();
    open();
    const std::uint64_t served = check_all();
    crash(CrashPolicy::none());
    CHECK(check_all() == served);
  }

  TEST_CASE_FIXTURE(LogFixture,
                    "recovery: a crash at any of its calls changes nothing of what is recovered") {
    open();
    committed(3);
    fill_segments(2);
    committed(2);
    const std::uint64_t acknowledged = check_all();
    disk_.add_fault({.call = Call::fdatasync, .site = "log.group_sync", .error = EIO});
    CHECK(commit(4, 900).assume_error().code() == Errc::outcome_unknown);
    drop();
    disk_.clear_faults();
    disk_.crash_power(CrashPolicy::random(7));
    for (std::uint64_t call = 1;; ++call) {
      CAPTURE(call);
      const std::unique_ptr<sim::SimDisk> disk = disk_.clone();
      directory_ = disk->open_directory();
      disk->stop_at_call(call);
      const bool stopped = !try_open().has_value();
      drop();
      disk->crash_power(CrashPolicy::random(call));
      directory_ = disk->open_directory();
      open();
      const std::uint64_t events = check_all();
      CHECK((events == acknowledged || events == acknowledged + 4));
      committed(1);
      drop();
      directory_ = disk_.open_directory();
      if (!stopped) break;
    }
  }

  TEST_CASE_FIXTURE(
      LogFixture,
      "recovery: several prepared segments are removed, the last first, whenever it crashes") {
    open();
    committed(3);
    format::SegmentHeader header = log_->segments()->all()[0]->header();
    drop();
    for (std::uint64_t id = 2; id <= 5; ++id) {
      header.id = SegmentId(id);
      header.salt = format::Salt(id);
      Preparation preparation(*directory_, header);
      for (Result<bool> step = false; !step.assume_value();) {
        step = preparation.step();
        REQUIRE(step);
      }
    }
    for (std::uint64_t call = 1;; ++call) {
      CAPTURE(call);
      bool stopped = false;
      for (std::uint64_t seed = 0; seed < 8; ++seed) {
        const std::unique_ptr<sim::SimDisk> disk = disk_.clone();
        directory_ = disk->open_directory();
        disk->stop_at_call(call);
        stopped = !try_open().has_value();
        drop();
        disk->crash_power(CrashPolicy::random(call * 8 + seed));
        directory_ = disk->open_directory();
        open();
        CHECK(check_all() == 3);
        fill_segments(3);
        drop();
        directory_ = disk_.open_directory();
      }
      if (!stopped) break;
    }
  }

  TEST_CASE_FIXTURE(LogFixture,
                    "recovery: a crash while a store is made leaves none or an empty one") {
    for (std::uint64_t call = 1;; ++call) {
      CAPTURE(call);
      sim::SimDisk disk(call);
      directory_ = disk.open_directory();
      disk.stop_at_call(call);
      const bool stopped = !try_open().has_value();
      drop();
      disk.crash_power(CrashPolicy::random(call));
      directory_ = disk.open_directory();
      open();
      CHECK(check_all() == 0);
      committed(1);
      CHECK(check_all() == 1);
      drop();
      directory_ = disk_.open_directory();
      if (!stopped) break;
    }
  }
}

}  // namespace esker::log
