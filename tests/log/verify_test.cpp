#include "log/verify.hpp"

#include <algorithm>
#include <cerrno>

#include "log/damage_fixture.hpp"

namespace esker::log {
namespace {

constexpr std::uint64_t kFileBytes = 64 << 10;
constexpr std::uint64_t kFooter = kFileBytes - format::kSegmentFooterBytes;

}  // namespace

TEST_SUITE("log") {
  TEST_CASE_FIXTURE(DamageFixture, "verify: a log that was closed in order has no fault") {
    const std::uint64_t events = make_log();
    const Verified verified = verify();
    CHECK(verified.faults.empty());
    CHECK(verified.notes.empty());
    CHECK(verified.report.events == events);
    CHECK(verified.report.last == Position(events));
    CHECK(verified.report.streams == 1);
    CHECK(verified.report.torn_bytes == 0);
    REQUIRE(verified.report.segments.size() == 4);
    CHECK(verified.report.segments[0].sealed);
    CHECK(verified.report.segments[2].begun);
    CHECK_FALSE(verified.report.segments[3].begun);
    CHECK(verified.report.bytes == 4 * kFileBytes);
  }

  TEST_CASE_FIXTURE(DamageFixture, "verify: an empty log has no fault") {
    open();
    close();
    const Verified verified = verify();
    CHECK(verified.faults.empty());
    CHECK(verified.report.last == Position());
  }

  TEST_CASE_FIXTURE(DamageFixture, "verify: a directory without segments holds no store") {
    VerifyCallbacks callbacks{[](const Finding&) {}, [](const Finding&) {},
                              [](std::uint64_t, std::uint64_t) {}};
    CHECK(verify_log(*directory_, callbacks).assume_error().code() == Errc::not_found);
  }

  TEST_CASE_FIXTURE(DamageFixture,
                    "verify: a bad record of a sealed segment is named, and what follows read") {
    const std::uint64_t events = make_log();
    flip(file(1), offset_of(3) + 70);
    const Verified verified = one_fault(file(1), offset_of(3));
    CHECK(verified.report.segments[0].lost);
    CHECK(verified.report.segments[0].records == 0);  // the first commit has eight events
    CHECK_FALSE(verified.report.segments[1].lost);
    CHECK(verified.report.events >= events - 8);
    CHECK(verified.report.last == Position(events));
  }

  TEST_CASE_FIXTURE(DamageFixture,
                    "verify: a bad record that later ones prove durable is a fault") {
    const std::uint64_t events = make_log();
    flip(file(3), offset_of(events - 5) + 20);
    const Verified verified = one_fault(file(3), offset_of(events - 5));
    CHECK(verified.report.segments[2].last() == Position(events - 6));
  }

  TEST_CASE_FIXTURE(DamageFixture,
                    "verify: a bad record that only the watermark proves is a fault") {
    const std::uint64_t events = make_log();
    flip(file(3), offset_of(events) + 20);
    const Verified verified = one_fault(file(3), offset_of(events));
    CHECK(verified.report.segments[2].lost);
    CHECK(verified.report.last == Position(events - 1));
  }

  TEST_CASE_FIXTURE(DamageFixture, "verify: a bad record that nothing proves is a note") {
    open();
    committed(3);
    const FileOffset end = log_->segments()->all()[0]->offset_of(Position(4));
    committed(2);
    drop();
    flip(file(1), end.value() + 20);
    const Verified verified = verify();
    CHECK(verified.faults.empty());
    REQUIRE(verified.notes.size() == 1);
    CHECK(verified.notes[0].offset == end);
    CHECK(verified.report.torn_bytes > 0);
    CHECK(verified.report.last == Position(3));
  }

  TEST_CASE_FIXTURE(DamageFixture,
                    "verify: a commit without its end is torn, or lost when it was durable") {
    open();
    committed(3);
    committed(2);
    const FileOffset last = log_->segments()->all()[0]->offset_of(Position(5));
    drop();
    write_bytes(file(1), last.value(), 400, std::byte{0});
    CHECK(verify().faults.empty());
    CHECK(verify().report.last == Position(3));
    format::Watermark watermark;
    watermark.store = verify().report.store;
    watermark.sequence = 100;
    watermark.incarnation = Incarnation(1);
    watermark.segment = SegmentId(1);
    watermark.position = Position(5);
    watermark.offset = last.plus(200);
    disk_.damage("watermark", 0, format::encode_watermark(watermark));
    const Verified verified = verify();
    REQUIRE(verified.faults.size() == 1);
    CHECK(verified.report.segments[0].lost);
  }

  TEST_CASE_FIXTURE(DamageFixture, "verify: a version or time out of order is a fault") {
    open();
    committed(2);
    Result<Group> built = build(1, 100);
    REQUIRE(built.has_value());
    Group& group = built.assume_value();
    const std::vector<std::byte> data(100, std::byte{'x'});
    format::encode_record(group.bytes, group.segment->header().salt, group.begin, "stream-1",
                          {Uuid::random(), "happened", data, {}},
                          {Position(3), Version(7), Timestamp(1), Position(2), true});
    REQUIRE(log_->write_group(group));
    close();
    const Verified verified = verify();
    REQUIRE(verified.faults.size() == 2);
    CHECK(verified.faults[0].reason.find("time") != std::string::npos);
    CHECK(verified.faults[1].reason.find("version 7") != std::string::npos);
    CHECK(verified.report.segments[0].last() == Position(2));
  }

  TEST_CASE_FIXTURE(DamageFixture,
                    "verify: a segment that is missing is a fault, and the others are read") {
    const std::uint64_t events = make_log();
    REQUIRE(directory_->remove(file(2), io::Site{"test.remove"}));
    const Verified verified = verify();
    REQUIRE(verified.faults.size() == 1);
    CHECK(verified.faults[0].reason.find(file(2)) != std::string::npos);
    CHECK(verified.report.segments[1].file.gap_before);
    CHECK(verified.report.last == Position(events));
  }

  TEST_CASE_FIXTURE(DamageFixture,
                    "verify: a damaged header is a fault, and the other segments are read") {
    const std::uint64_t events = make_log();
    flip(file(1), 20);
    const Verified verified = verify();
    REQUIRE(verified.faults.size() == 1);
    CHECK(verified.report.segments[0].lost);
    CHECK(verified.report.last == Position(events));
  }

  TEST_CASE_FIXTURE(DamageFixture, "verify: footer, table and the zeros before them are checked") {
    make_log();
    std::uint64_t offset = 0;
    SUBCASE("footer") { offset = kFooter; }
    SUBCASE("offset table") { offset = kFooter - 8; }
    SUBCASE("zeros") { offset = 0; }
    const bool zeros = offset == 0;
    const FileOffset records_end = verify().report.segments[0].records_end;
    flip(file(1), zeros ? records_end.value() + 9 : offset);
    const Verified verified = verify();
    REQUIRE(verified.faults.size() == 1);
    CHECK(verified.report.segments[0].tail_damaged);
    CHECK_FALSE(verified.report.segments[0].lost);
    if (zeros) CHECK(verified.faults[0].offset == records_end);
  }

  TEST_CASE_FIXTURE(DamageFixture, "verify: a file that is too short is a fault") {
    make_log();
    disk_.damage_size(file(1), kFileBytes - 100);
    const Verified verified = one_fault(file(1), kFileBytes - 100);
    CHECK(verified.report.segments[0].tail_damaged);
    CHECK_FALSE(verified.report.segments[0].lost);
    disk_.damage_size(file(1), 100);
    CHECK(verify().report.segments[0].lost);
  }

  TEST_CASE_FIXTURE(DamageFixture, "verify: bytes behind a segment's end are a note") {
    make_log();
    write_bytes(file(2), kFileBytes, 10, std::byte{1});
    const Verified verified = verify();
    CHECK(verified.faults.empty());
    REQUIRE(verified.notes.size() == 1);
    CHECK(verified.notes[0].offset.value() == kFileBytes);
  }

  TEST_CASE_FIXTURE(DamageFixture,
                    "verify: the records that a cut file lacks are missed by the next segment") {
    make_log();
    disk_.damage_size(file(1), offset_of(10));
    const Verified verified = verify();
    REQUIRE(verified.faults.size() == 3);  // the length, the commit, the positions
    CHECK(verified.report.segments[0].lost);
    CHECK(verified.report.segments[0].last() == Position(8));
    CHECK_FALSE(verified.report.segments[1].lost);
  }

  TEST_CASE_FIXTURE(DamageFixture,
                    "verify: a watermark that is missing, damaged or another store's is a fault") {
    make_log();
    SUBCASE("missing") { REQUIRE(directory_->remove("watermark", io::Site{"test.remove"})); }
    SUBCASE("damaged") { write_bytes("watermark", 0, 1024, std::byte{7}); }
    SUBCASE("another store's") {
      format::Watermark watermark;
      watermark.store = Uuid::random();
      watermark.sequence = 100;
      disk_.damage("watermark", 0, format::encode_watermark(watermark));
    }
    const Verified verified = verify();
    REQUIRE(verified.faults.size() == 1);
    CHECK(verified.faults[0].file == "/sim/watermark");
    CHECK(verified.report.watermark_damaged);
  }

  TEST_CASE_FIXTURE(DamageFixture, "verify: a segment that cannot be read is a fault") {
    make_log();
    disk_.add_fault({.call = sim::Call::pread, .name = file(2), .site = "log.walk", .error = EIO});
    const Verified verified = verify();
    REQUIRE_FALSE(verified.faults.empty());
    CHECK(verified.report.segments[1].lost);
  }

  TEST_CASE_FIXTURE(
      DamageFixture,
      "verify: every byte that matters is covered, and what verify lets pass opens whole") {
    const std::uint64_t events = make_log();
    const std::unique_ptr<sim::SimDisk> whole = disk_.clone();
    sim::Random random(20260102);
    for (int round = 0; round < 600; ++round) {
      const std::string name = round % 8 == 7 ? "watermark" : file(1 + random.below(4));
      const std::uint64_t size = name == "watermark" ? 1024 : kFileBytes;
      std::uint64_t offset = random.below(size);
      if (round % 3 == 0 && size == kFileBytes) offset = kFooter - 200 + random.below(712);
      CAPTURE(round);
      CAPTURE(name);
      CAPTURE(offset);
      const std::unique_ptr<sim::SimDisk> disk = whole->clone();
      const std::byte changed = disk->bytes(name)[offset] ^ std::byte{0x10};
      disk->damage(name, offset, std::span(&changed, 1));
      directory_ = disk->open_directory();
      const Verified verified = verify();
      const Result<void> opened = try_open();
      if (!opened) CHECK_FALSE(verified.faults.empty());
      if (verified.faults.empty()) {
        REQUIRE(opened.has_value());
        CHECK(check_all() == events);
      }
      drop();
    }
    directory_ = disk_.open_directory();
  }
}

}  // namespace esker::log
