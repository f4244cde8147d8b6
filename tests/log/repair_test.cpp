#include "log/repair.hpp"

#include <algorithm>
#include <cerrno>

#include "log/damage_fixture.hpp"

namespace esker::log {
namespace {

constexpr std::uint64_t kFileBytes = 64 << 10;
constexpr std::uint64_t kFooter = kFileBytes - format::kSegmentFooterBytes;
constexpr io::Site kTest{"test.change"};

}  // namespace

class RepairFixture : protected DamageFixture {
 protected:
  [[nodiscard]] std::vector<std::string> set_aside() const {
    return set_aside_path_.empty() ? std::vector<std::string>()
                                   : disk_.durable_names(set_aside_path_);
  }
};

TEST_SUITE("log") {
  TEST_CASE_FIXTURE(RepairFixture, "repair: leaves a whole log as it is") {
    const std::uint64_t events = make_log();
    const std::vector<std::byte> before = disk_.bytes(file(3));
    const RepairReport report = repair({.cut = true});
    CHECK(report.actions == 0);
    CHECK_FALSE(report.cut);
    CHECK(report.last == Position(events));
    CHECK(disk_.bytes(file(3)) == before);
    CHECK(set_aside_path_.empty());
  }

  TEST_CASE_FIXTURE(RepairFixture,
                    "repair: makes footer and offset table again, and keeps what was there") {
    const std::uint64_t events = make_log();
    const std::vector<std::byte> before = disk_.bytes(file(1));
    SUBCASE("footer") { flip(file(1), kFooter + 5); }
    SUBCASE("offset table") { flip(file(1), kFooter - 8); }
    SUBCASE("zeros before the table") {
      flip(file(1), verify().report.segments[0].records_end.value());
    }
    SUBCASE("a file that is too short") { disk_.damage_size(file(1), kFooter + 7); }
    const RepairReport report = repair();
    CHECK(report.actions == 1);
    CHECK_FALSE(report.needs_cut);
    CHECK(disk_.durable_bytes(file(1)) == before);
    CHECK(set_aside().size() == 1);
    check_usable(events);
  }

  TEST_CASE_FIXTURE(RepairFixture, "repair: an active segment that is too short grows again") {
    const std::uint64_t events = make_log();
    disk_.damage_size(file(3), kFooter);
    CHECK(repair().actions == 1);
    CHECK(disk_.durable_bytes(file(3)).size() == kFileBytes);
    check_usable(events);
  }

  TEST_CASE_FIXTURE(RepairFixture,
                    "repair: writes a watermark anew when there is none that helps") {
    const std::uint64_t events = make_log();
    SUBCASE("missing") { REQUIRE(directory_->remove("watermark", kTest)); }
    SUBCASE("damaged") { write_bytes("watermark", 0, 1024, std::byte{7}); }
    SUBCASE("another store's") {
      format::Watermark watermark;
      watermark.store = Uuid::random();
      watermark.sequence = 100;
      disk_.damage("watermark", 0, format::encode_watermark(watermark));
    }
    const bool there = verify().report.watermark_there;
    CHECK(repair().actions == 1);
    CHECK(set_aside().size() == (there ? 1 : 0));
    const Verified verified = verify();
    REQUIRE(verified.report.watermark);
    CHECK(verified.report.watermark->position == Position(events));
    CHECK(verified.report.watermark->incarnation > Incarnation(1ULL << 32));
    check_usable(events);
  }

  TEST_CASE_FIXTURE(RepairFixture,
                    "repair: removes what was never part of the store, and nothing else") {
    make_log();
    for (const std::string& name : {file(9) + ".tmp", std::string("notes.tmp")}) {
      REQUIRE(directory_->open(name, io::OpenMode::create_new, kTest));
    }
    CHECK(repair().actions == 1);
    const std::vector<std::string> names = disk_.durable_names();
    CHECK(std::ranges::count(names, file(9) + ".tmp") == 0);
    CHECK(std::ranges::count(disk_.names(), "notes.tmp") == 1);
  }

  TEST_CASE_FIXTURE(RepairFixture, "repair: without cut a loss is told and left") {
    make_log();
    flip(file(1), offset_of(12) + 70);
    REQUIRE(directory_->remove("watermark", kTest));
    const std::unique_ptr<sim::SimDisk> before = disk_.clone();
    const RepairReport report = repair();
    CHECK(report.needs_cut);
    CHECK(report.actions == 0);
    for (const std::string& name : before->names()) CHECK(disk_.bytes(name) == before->bytes(name));
    CHECK(disk_.names() == before->names());
  }

  TEST_CASE_FIXTURE(
      RepairFixture,
      "repair: cuts at the last whole commit before the loss and sets the rest aside") {
    make_log();
    flip(file(1), offset_of(12) + 70);
    const std::vector<std::byte> damaged = disk_.bytes(file(1));
    const std::vector<std::byte> third = disk_.bytes(file(3));
    const RepairReport report = repair({.cut = true});
    CHECK(report.cut);
    CHECK(report.last == Position(8));
    const std::string tail = file(1) + ".from-" + std::to_string(offset_of(9));
    const std::vector<std::string> expected{tail, file(2), file(3), file(4), "watermark"};
    std::vector<std::string> names = set_aside();
    CHECK(names.size() == expected.size());
    for (const std::string& name : expected) CHECK(std::ranges::count(names, name) == 1);
    CHECK(disk_.durable_bytes(file(3), set_aside_path_) == third);
    const std::vector<std::byte> kept = disk_.durable_bytes(tail, set_aside_path_);
    CHECK(std::equal(kept.begin(), kept.end(),
                     damaged.begin() + static_cast<std::ptrdiff_t>(offset_of(9))));
    check_usable(8);
  }

  TEST_CASE_FIXTURE(RepairFixture,
                    "repair: cuts in the active segment, before a missing one, or where the "
                    "watermark misses events") {
    const std::uint64_t events = make_log();
    std::uint64_t left = 0;
    SUBCASE("the active segment") {
      flip(file(3), offset_of(events - 5) + 20);
      left = events - 6;
    }
    SUBCASE("the first record of a segment") {
      flip(file(3), format::kSegmentHeaderBytes + 20);
      left = verify().report.segments[1].last().value();
    }
    SUBCASE("a missing segment") {
      REQUIRE(directory_->remove(file(2), kTest));
      left = verify().report.segments[0].last().value();
    }
    SUBCASE("a damaged header") {
      flip(file(2), 100);
      left = verify().report.segments[0].last().value();
    }
    SUBCASE("events that only the watermark knows of") {
      write_bytes(file(3), offset_of(events), 200, std::byte{0});
      left = events - 1;
    }
    SUBCASE("the very first record") { flip(file(1), format::kSegmentHeaderBytes + 20); }
    CHECK(repair().needs_cut);
    const RepairReport report = repair({.cut = true});
    CHECK(report.cut);
    CHECK(report.last == Position(left));
    check_usable(left);
  }

  TEST_CASE_FIXTURE(RepairFixture, "repair: refuses to leave nothing of the log") {
    make_log();
    flip(file(1), 20);
    const std::vector<std::string> before = disk_.names();
    CHECK(try_repair({.cut = true}).assume_error().code() == Errc::corrupt);
    CHECK(disk_.names() == before);
  }

  TEST_CASE_FIXTURE(RepairFixture, "repair: a dry run tells the same actions and changes nothing") {
    make_log();
    flip(file(1), kFooter + 5);
    flip(file(2), format::kSegmentHeaderBytes + 70);
    const std::unique_ptr<sim::SimDisk> before = disk_.clone();
    const RepairReport told = repair({.cut = true, .dry_run = true});
    const std::vector<std::string> lines = std::exchange(actions_, {});
    CHECK(told.actions == lines.size());
    for (const std::string& name : before->names()) CHECK(disk_.bytes(name) == before->bytes(name));
    CHECK(disk_.names() == before->names());
    CHECK(set_aside_path_.empty());
    const RepairReport done = repair({.cut = true});
    CHECK(actions_ == lines);
    CHECK(done.last == told.last);
  }

  TEST_CASE_FIXTURE(RepairFixture, "repair: a copy that cannot be made keeps everything as it is") {
    make_log();
    flip(file(1), offset_of(12) + 70);
    const std::unique_ptr<sim::SimDisk> before = disk_.clone();
    disk_.add_fault(
        {.call = sim::Call::pwrite, .site = "log.set_aside_write", .nth = 2, .error = ENOSPC});
    CHECK(try_repair({.cut = true}).assume_error().code() == Errc::no_space);
    for (const std::string& name : before->names()) CHECK(disk_.bytes(name) == before->bytes(name));
    disk_.clear_faults();
    CHECK(repair({.cut = true}).last == Position(8));
    check_usable(8);
  }

  // F19.
  TEST_CASE_FIXTURE(RepairFixture,
                    "repair: stopped at any call by a loss of power, it can be run again") {
    make_log();
    flip(file(2), format::kSegmentHeaderBytes + 70);
    flip(file(1), kFooter + 5);
    const std::uint64_t left = segment_of(1) == 1 ? verify().report.segments[0].last().value() : 0;
    const std::unique_ptr<sim::SimDisk> damaged = disk_.clone();
    // How many calls a whole repair makes.
    const std::uint64_t begin = disk_.calls();
    const std::unique_ptr<sim::SimDisk> tried = damaged->clone();
    repair({.cut = true});
    const std::uint64_t calls = disk_.calls() - begin;
    REQUIRE(calls > 50);
    for (std::uint64_t call = 1; call <= calls; call += 3) {
      CAPTURE(call);
      const std::unique_ptr<sim::SimDisk> disk = damaged->clone();
      RepairCallbacks callbacks{
          .verify = {[](const Finding&) {}, [](const Finding&) {},
                     [](std::uint64_t, std::uint64_t) {}},
          .on_action = [](const std::string&) {},
          .make_set_aside = [&]() -> Result<std::unique_ptr<io::Directory>> {
            return disk->open_directory("/aside-" + std::to_string(disk->calls()));
          },
      };
      directory_ = disk->open_directory();
      disk->stop_at_call(call);
      const RepairOptions options{.cut = true};
      const bool finished = repair_log(*directory_, options, callbacks).has_value();
      disk->crash_power(sim::CrashPolicy::random(call));
      directory_ = disk->open_directory();
      if (!finished) REQUIRE(repair_log(*directory_, options, callbacks));
      CHECK(verify().faults.empty());
      open();
      CHECK(check_all() == left);
      drop();
    }
    directory_ = disk_.open_directory();
  }

  TEST_CASE_FIXTURE(
      RepairFixture,
      "repair: whatever byte is damaged, a repair with cut makes a log that opens and verifies") {
    const std::uint64_t events = make_log();
    const std::unique_ptr<sim::SimDisk> whole = disk_.clone();
    sim::Random random(20260103);
    for (int round = 0; round < 150; ++round) {
      const std::uint64_t segment = 1 + random.below(4);
      std::uint64_t offset = random.below(kFileBytes);
      if (round % 3 == 0) offset = kFooter - 200 + random.below(712);
      if (segment == 1 && offset < format::kSegmentHeaderBytes) continue;  // refused, see above
      CAPTURE(segment);
      CAPTURE(offset);
      const std::unique_ptr<sim::SimDisk> disk = whole->clone();
      const std::byte changed = disk->bytes(file(segment))[offset] ^ std::byte{0x10};
      disk->damage(file(segment), offset, std::span(&changed, 1));
      directory_ = disk->open_directory();
      const RepairReport report = repair({.cut = true});
      CHECK(verify().faults.empty());
      open();
      CHECK(check_all() == report.last.value());
      if (!report.cut) CHECK(report.last == Position(events));
      drop();
    }
    directory_ = disk_.open_directory();
  }
}

}  // namespace esker::log
