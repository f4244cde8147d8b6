#include "log/store_copy.hpp"

#include <algorithm>
#include <cerrno>
#include <set>

#include "log/copy_fixture.hpp"

namespace esker::log {
namespace {

CopyLimit up_to(std::uint64_t position) { return {.position = Position(position)}; }

}  // namespace

TEST_SUITE("log") {
  TEST_CASE_FIXTURE(CopyFixture, "store copy: shares the sealed segments, and both go on alone") {
    const std::uint64_t events = make_log();
    const std::vector<std::vector<std::byte>> before = all_bytes(disk_, "/sim");
    const CopyReport report = copy("/copy");
    CHECK(report.last == Position(events));
    CHECK(report.bytes_linked == 2 * (64 << 10));
    CHECK(report.bytes_copied == 64 << 10);
    CHECK(report.segments == 3);
    CHECK(progress_ == report.bytes_read);
    CHECK_FALSE(report.begun_again);
    CHECK(all_bytes(disk_, "/sim") == before);
    CHECK(disk_.durable_names("/copy") ==
          std::vector<std::string>{file(1), file(2), file(3), "watermark"});
    check_store("/copy", events);
    CHECK(all_bytes(disk_, "/sim") == before);
    check_store("/sim", events);
    open();
    fill_segments(6);
    close();
    check_store("/copy", events + 3);
  }

  TEST_CASE_FIXTURE(CopyFixture, "store copy: real copies share nothing") {
    const std::uint64_t events = make_log();
    const CopyReport report = copy("/copy", {.real_copies = true});
    CHECK(report.bytes_linked == 0);
    CHECK(report.bytes_copied == 3 * (64 << 10));
    CHECK(disk_.bytes(file(1), "/copy") == disk_.bytes(file(1)));
    flip(file(1), 5000);
    check_store("/copy", events);
  }

  TEST_CASE_FIXTURE(CopyFixture, "store copy: ends with the last whole commit up to a position") {
    const std::uint64_t events = make_log();
    for (std::uint64_t position = 0; position <= events; ++position) {
      CAPTURE(position);
      const std::string to = "/copy" + std::to_string(position);
      const CopyReport report = copy(to, {.limit = up_to(position)});
      // Commits of 8 events, and at last of 2, 3 and 1.
      const std::uint64_t last = position == events       ? events
                                 : position >= events - 1 ? events - 1
                                 : position >= events - 4 ? events - 4
                                                          : position / 8 * 8;
      CHECK(report.last == Position(last));
      CHECK(report.source_last == Position(events));
      check_store(to, last);
      look_at("/sim");
    }
    CHECK(try_copy("/more", {.limit = up_to(events + 1)}).error().code() == Errc::position_ahead);
    CHECK(disk_.names("/more").empty());
  }

  TEST_CASE_FIXTURE(CopyFixture, "store copy: ends with the last whole commit up to a time") {
    open();
    std::vector<Timestamp> times;
    for (int i = 0; i < 30; ++i) {
      times.push_back(clock_.now());
      committed(4, 1500);
      clock_.advance(std::chrono::seconds(1));
    }
    run_background();
    close();
    for (std::size_t i = 0; i < times.size(); ++i) {
      CAPTURE(i);
      const std::string to = "/copy" + std::to_string(i);
      CHECK(copy(to, {.limit = {.time = times[i]}}).last == Position(4 * (i + 1)));
      const std::string just_before = "/before" + std::to_string(i);
      const Timestamp earlier(times[i].value() - 1);
      const CopyReport report = copy(just_before, {.limit = {.time = earlier}});
      CHECK(report.last == Position(4 * i));
      CHECK(report.last_time == (i == 0 ? Timestamp() : times[i - 1]));
    }
    check_store("/copy17", 72);
  }

  TEST_CASE_FIXTURE(CopyFixture,
                    "store copy: what a crash of the source left is what it would recover") {
    open();
    fill_segments(3);
    committed(5);
    const std::uint64_t events = check_all();
    const auto group = build(4);
    REQUIRE(group);
    const auto& bytes = group.assume_value().bytes;
    disk_.damage(file(3), group.assume_value().begin.value(),
                 std::span(bytes).first(bytes.size() / 2));
    drop();
    CHECK(copy("/copy").last == Position(events));
    check_store("/copy", events);
  }

  TEST_CASE_FIXTURE(CopyFixture,
                    "store copy: a store without events has a copy, no store has none") {
    CHECK(try_copy("/copy").error().code() == Errc::not_found);
    open();
    close();
    CHECK(copy("/copy").last == Position());
    check_store("/copy", 0);
  }

  TEST_CASE_FIXTURE(CopyFixture, "store copy: a directory that holds something is refused") {
    make_log();
    const auto target = disk_.open_directory("/copy");
    REQUIRE(target->open("LOCK", io::OpenMode::create_new, kCopyTest));
    copy("/copy");
    const auto before = all_bytes(disk_, "/copy");
    CHECK(try_copy("/copy").error().code() == Errc::invalid_argument);
    CHECK(all_bytes(disk_, "/copy") == before);
    CHECK(try_copy("/sim").error().code() == Errc::invalid_argument);
  }

  TEST_CASE_FIXTURE(CopyFixture, "store copy: damage in the source is named, and nothing is left") {
    make_log();
    const bool real = false;
    CopyOptions options{.real_copies = real};
    SUBCASE("linked") {}
    SUBCASE("copied") { options.real_copies = true; }
    flip(file(2), 9000);
    Result<CopyReport> report = try_copy("/copy", options);
    REQUIRE(report.has_error());
    CHECK(report.error().code() == Errc::corrupt);
    CHECK(report.error().message().find(file(2) + " at offset ") != std::string::npos);
    CHECK(disk_.names("/copy").empty());
    options.verify = false;
    CHECK(try_copy("/unchecked", options));
    flip(file(3), 4200);
    CHECK(try_copy("/tail", options).error().code() == Errc::corrupt);
    CHECK(disk_.names("/tail").empty());
  }

  TEST_CASE_FIXTURE(CopyFixture, "store copy: what an earlier copy has is shared with it") {
    make_log();
    copy("/first", {.real_copies = true});
    open();
    fill_segments(5);
    const std::uint64_t events = check_all();
    close();
    const auto base = disk_.open_directory("/first");
    const CopyReport report = copy("/second", {.real_copies = true, .base = base.get()});
    // The third segment was the earlier copy's last one, which is its own.
    CHECK(report.bytes_base == 2 * (64 << 10));
    CHECK(report.bytes_copied == 3 * (64 << 10));
    const auto shared = base->open(file(2), io::OpenMode::read_only, kCopyTest).value();
    CHECK(shared->links(kCopyTest).value() == 2);
    flip(file(1), 5000);
    check_store("/second", events);
  }

  TEST_CASE_FIXTURE(CopyFixture, "store copy: a damaged or foreign earlier copy is of no use") {
    const std::uint64_t events = make_log();
    copy("/first", {.real_copies = true});
    SUBCASE("another segment of this id") {
      disk_.damage(file(1), 0, disk_.bytes(file(2)), "/first");
    }
    SUBCASE("no footer") {
      disk_.damage(file(1), (64 << 10) - 512, std::vector<std::byte>(512), "/first");
    }
    SUBCASE("missing") { REQUIRE(disk_.open_directory("/first")->remove(file(1), kCopyTest)); }
    const auto base = disk_.open_directory("/first");
    const CopyReport report = copy("/second", {.real_copies = true, .base = base.get()});
    CHECK(report.bytes_base == 64 << 10);
    check_store("/second", events);
  }

  TEST_CASE_FIXTURE(CopyFixture, "store copy: derived files come along as long as they are there") {
    make_log();
    for (const char* name : {"one.run", "two.run"}) {
      const auto run = directory_->open(name, io::OpenMode::create_new, kCopyTest).value();
      REQUIRE(run->write_at(FileOffset(), data_of(Position(1), 5000), kCopyTest));
    }
    derived_ = {"one.run", "gone.run", "two.run"};
    CHECK(copy("/copy").bytes_linked == 2 * ((64 << 10) + 5000));
    REQUIRE(copied_.size() == 2);
    CHECK(copied_[1].first == copied_[0].end);
    const CopyReport report = copy("/real", {.real_copies = true});
    CHECK(report.bytes_copied == 3 * (64 << 10) + 2 * 5000);
    CHECK(disk_.durable_bytes("one.run", "/real") == data_of(Position(1), 5000));
  }

  TEST_CASE_FIXTURE(CopyFixture, "store copy: source and copies have incarnations of their own") {
    make_log();
    std::set<std::uint64_t> seen;
    for (int i = 0; i < 20; ++i) {
      const std::string to = "/copy" + std::to_string(i);
      seen.insert(copy(to).incarnation.value());
      seen.insert(copy(to + "-again", {}, to).incarnation.value());
    }
    CHECK(seen.size() == 40);
    look_at("/copy7-again");
    open();
    CHECK(seen.count(log_->incarnation().value() - 1) == 1);
    const Incarnation highest(1ULL << 60);
    CHECK(copy_incarnation(highest, Uuid::random()) > highest);
    Incarnation deep(1);
    for (int i = 0; i < 1000; ++i) deep = copy_incarnation(deep, Uuid::random());
    CHECK(deep.value() < 1ULL << 53);
  }
}

}  // namespace esker::log
