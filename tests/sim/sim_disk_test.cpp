#include "sim/sim_disk.hpp"

#include <cerrno>
#include <set>

#include "sim/sim_fixture.hpp"

namespace esker::sim {
namespace {

using Names = std::vector<std::string>;

TEST_SUITE("sim") {
  TEST_CASE_FIXTURE(SimFixture, "sim disk: a synced file without a directory sync is gone") {
    const auto file = open("a");
    write(*file, 0, "hello");
    REQUIRE(file->sync_all(kSite).has_value());
    CHECK(names() == Names{"a"});
    crash(CrashPolicy::none());
    CHECK(names().empty());
  }

  TEST_CASE_FIXTURE(SimFixture, "sim disk: a durable name without a file sync leads to nothing") {
    const auto file = open("a");
    write(*file, 0, "hello");
    sync_names();
    crash(CrashPolicy::none());
    CHECK(text("a").empty());
  }

  TEST_CASE_FIXTURE(SimFixture, "sim disk: what was synced under a synced name survives") {
    const auto file = durable_file("a", "hello");
    write(*file, 0, "J");
    CHECK(text("a") == "Jello");
    crash(CrashPolicy::none());
    CHECK(text("a") == "hello");
  }

  TEST_CASE_FIXTURE(SimFixture,
                    "sim disk: a rename or removal without a directory sync is undone") {
    durable_file("a", "A");
    durable_file("b", "B");
    durable_file("c", "C");
    REQUIRE(directory_->rename("a", "b", kSite).has_value());
    REQUIRE(directory_->remove("c", kSite).has_value());
    CHECK(names() == Names{"b"});
    const auto copy = disk_.clone();
    crash(CrashPolicy::none());
    CHECK(names() == Names{"a", "b", "c"});
    CHECK(text("b") == "B");
    copy->crash_power(CrashPolicy::all());
    CHECK(copy->names() == Names{"b"});
    CHECK(as_text(copy->bytes("b")) == "A");
  }

  TEST_CASE_FIXTURE(SimFixture, "sim disk: a rename over a name is there or not, never half") {
    durable_file("a", "old");
    const auto file = open("new");
    write(*file, 0, "new");
    REQUIRE(file->sync_data(kSite).has_value());
    REQUIRE(directory_->rename("new", "a", kSite).has_value());
    std::set<std::string> seen;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
      const auto copy = disk_.clone();
      copy->crash_power(CrashPolicy::random(seed));
      seen.emplace(as_text(copy->bytes("a")));
    }
    CHECK(seen == std::set<std::string>{"new", "old"});
  }

  TEST_CASE_FIXTURE(SimFixture, "sim disk: a hard link has its own name's fate") {
    durable_file("a", "A");
    REQUIRE(directory_->link(*directory_, "a", "b", kSite).has_value());
    CHECK(text("b") == "A");
    REQUIRE(directory_->remove("a", kSite).has_value());
    const auto synced = disk_.clone();
    crash(CrashPolicy::none());
    CHECK(names() == Names{"a"});
    REQUIRE(synced->open_directory()->sync(kSite).has_value());
    synced->crash_power(CrashPolicy::none());
    CHECK(synced->names() == Names{"b"});
  }

  TEST_CASE_FIXTURE(SimFixture, "sim disk: a link from another directory leads to the same file") {
    const auto file = durable_file("a", "A");
    const auto other = disk_.open_directory("/other");
    CHECK(file->links(kSite).value() == 1);
    REQUIRE(other->link(*directory_, "a", "b", kSite).has_value());
    CHECK(file->links(kSite).value() == 2);
    const auto lost = disk_.clone();
    lost->crash_power(CrashPolicy::none());
    CHECK(lost->names("/other").empty());
    REQUIRE(other->sync(kSite).has_value());
    crash(CrashPolicy::none());
    CHECK(disk_.names("/other") == Names{"b"});
    write(*open("a"), 0, "Z");
    CHECK(disk_.bytes("b", "/other") == disk_.bytes("a"));
  }

  // F7.
  TEST_CASE_FIXTURE(SimFixture,
                    "sim disk: a sync after a failed sync succeeds and persists nothing") {
    const auto file = durable_file("a", sectors("0000000000000000"));
    disk_.add_fault({.call = Call::fdatasync, .error = EIO});
    write(*file, 0, sectors("1111111111111111"));
    CHECK(file->sync_data(kSite).error().code() == Errc::io_error);
    CHECK(text("a") == sectors("1111111111111111"));
    CHECK(file->sync_data(kSite).has_value());
    CHECK(file->sync_all(kSite).has_value());
    crash(CrashPolicy::all());
    const std::string left = text("a");
    CHECK(left.find('0') != std::string::npos);
    CHECK(left.find('1') != std::string::npos);
  }

  TEST_CASE_FIXTURE(SimFixture,
                    "sim disk: rewriting what a failed sync lost and syncing saves it") {
    const auto file = durable_file("a", sectors("00000000"));
    disk_.add_fault({.call = Call::fdatasync, .error = EIO});
    write(*file, 0, sectors("11111111"));
    CHECK(file->sync_data(kSite).has_error());
    write(*file, 0, sectors("1111"));
    CHECK(file->sync_data(kSite).has_value());
    crash(CrashPolicy::none());
    CHECK(text("a").starts_with(sectors("1111")));
  }

  // F8.
  TEST_CASE_FIXTURE(SimFixture, "sim disk: a failed sync may revert the cache") {
    const auto file = durable_file("a", sectors("0000000000000000"));
    const auto mapping = std::move(file->map(16 * kSectorBytes, kSite).value());
    disk_.add_fault(
        {.call = Call::fdatasync, .error = EIO, .sync_failure = SyncFailure::cache_reverted});
    write(*file, 0, sectors("1111111111111111"));
    CHECK(file->sync_data(kSite).has_error());
    const std::string seen = text("a");
    CHECK(seen.find('0') != std::string::npos);
    CHECK(as_text(mapping->bytes()) == seen);
    crash(CrashPolicy::none());
    CHECK(text("a") == seen);
  }

  // F8.
  TEST_CASE_FIXTURE(SimFixture, "sim disk: a failed sync may be reported one sync late") {
    const auto file = durable_file("a", sectors("0000000000000000"));
    disk_.add_fault(
        {.call = Call::fdatasync, .error = EIO, .sync_failure = SyncFailure::reported_late});
    write(*file, 0, sectors("1111111111111111"));
    CHECK(file->sync_data(kSite).has_value());
    CHECK(file->sync_data(kSite).has_error());
    CHECK(file->sync_data(kSite).has_value());
    crash(CrashPolicy::none());
    CHECK(text("a").find('0') != std::string::npos);
  }

  TEST_CASE_FIXTURE(SimFixture, "sim disk: a directory sync after a failed one persists nothing") {
    for (const char* const name : {"a", "b", "c", "d", "e", "f"}) open(name);
    disk_.add_fault({.call = Call::fsync_directory, .error = EIO});
    CHECK(directory_->sync(kSite).error().code() == Errc::io_error);
    CHECK(directory_->sync(kSite).has_value());
    CHECK(names().size() == 6);
    CHECK(disk_.durable_names().size() < 6);
  }

  TEST_CASE_FIXTURE(SimFixture, "sim disk: two writes between syncs may leave the first") {
    const auto file = durable_file("a", sectors("0"));
    write(*file, 0, sectors("1"));
    write(*file, 0, sectors("2"));
    std::set<std::string> seen;
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
      const auto copy = disk_.clone();
      copy->crash_power(CrashPolicy::random(seed));
      seen.emplace(as_text(copy->bytes("a")));
    }
    CHECK(seen == std::set<std::string>{sectors("0"), sectors("1"), sectors("2")});
  }

  TEST_CASE_FIXTURE(SimFixture,
                    "sim disk: an unsynced append may leave its length without its bytes") {
    const auto file = durable_file("a", "");
    write(*file, 0, sectors("12"));
    std::set<std::string> seen;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
      const auto copy = disk_.clone();
      copy->crash_power(CrashPolicy::random(seed));
      seen.emplace(as_text(copy->bytes("a")));
    }
    const std::string zero(kSectorBytes, '\0');
    CHECK(seen == std::set<std::string>{"", zero + zero, sectors("1") + zero, zero + sectors("2"),
                                        sectors("12")});
  }

  TEST_CASE_FIXTURE(SimFixture, "sim disk: a torn sector keeps what was not written to it") {
    const auto file = durable_file("a", sectors("0") + std::string(100, '0'));
    write(*file, kSectorBytes + 100, std::string(300, '1'));
    std::size_t torn = 0;
    std::size_t garbage = 0;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
      const auto copy = disk_.clone();
      copy->crash_power(CrashPolicy::torn(seed));
      const std::string text(as_text(copy->bytes("a")));
      CHECK(text.starts_with(sectors("0") + std::string(100, '0')));
      const std::string written = text.substr(kSectorBytes + 100);
      if (written.find_first_not_of(std::string("\0001", 2)) != std::string::npos)
        ++garbage;
      else if (written.find('1') == 0 && written.find('\0') != std::string::npos)
        ++torn;
    }
    CHECK(torn > 5);
    CHECK(garbage > 5);
  }

  TEST_CASE_FIXTURE(SimFixture, "sim disk: drop-one and keep-one go through every unit") {
    const auto a = durable_file("a", sectors("00"));
    const auto b = durable_file("b", sectors("0000000000"));
    write(*a, 0, sectors("11"));
    write(*b, 512, sectors("1"));
    write(*b, 9 * 512, sectors("1"));
    CHECK(disk_.pending_units(CrashPolicy::Unit::sector) == 4);
    CHECK(disk_.pending_units(CrashPolicy::Unit::page) == 3);
    Names dropped;
    Names kept;
    for (std::uint64_t index = 0; index < 4; ++index) {
      const auto drop = disk_.clone();
      drop->crash_power({.data = CrashPolicy::Data::drop_one, .index = index});
      const auto keep = disk_.clone();
      keep->crash_power({.data = CrashPolicy::Data::keep_one, .index = index});
      std::string left[2];
      for (const std::string name : {"a", "b"}) {
        const auto from_drop = drop->bytes(name);
        const auto from_keep = keep->bytes(name);
        for (std::size_t at = 0; at < from_drop.size(); at += kSectorBytes) {
          left[0] += static_cast<char>(from_drop[at]);
          left[1] += static_cast<char>(from_keep[at]);
        }
      }
      dropped.push_back(left[0]);
      kept.push_back(left[1]);
    }
    CHECK(dropped == Names{"010100000001", "100100000001", "110000000001", "110100000000"});
    CHECK(kept == Names{"100000000000", "010000000000", "000100000000", "000000000001"});
    const auto page = disk_.clone();
    page->crash_power(
        {.data = CrashPolicy::Data::keep_one, .unit = CrashPolicy::Unit::page, .index = 0});
    CHECK(as_text(page->bytes("a")) == sectors("11"));
  }

  TEST_CASE_FIXTURE(SimFixture, "sim disk: prefix and suffix cut the order of all operations") {
    const auto a = durable_file("a", "0");
    write(*a, 0, "1");
    const auto b = open("b");
    write(*b, 0, "x");
    write(*a, 0, "2");
    CHECK(disk_.pending_operations() == 4);
    std::vector<std::pair<std::string, std::size_t>> states;
    for (std::uint64_t kept = 0; kept <= 4; ++kept) {
      const auto copy = disk_.clone();
      copy->crash_power(CrashPolicy::prefix(kept));
      const bool has_b = copy->names().size() == 2;
      states.emplace_back(as_text(copy->bytes("a")), has_b ? 1 + copy->bytes("b").size() : 0);
    }
    CHECK(states == decltype(states){{"0", 0}, {"1", 0}, {"1", 1}, {"1", 2}, {"2", 2}});
    disk_.crash_power({.data = CrashPolicy::Data::suffix, .index = 3});
    CHECK(disk_.names() == Names{"a"});
    CHECK(as_text(disk_.bytes("a")) == "2");
  }

  TEST_CASE_FIXTURE(
      SimFixture,
      "sim disk: the death of the process keeps the cache, a later loss of power does not") {
    const auto file = durable_file("a", "old");
    REQUIRE(file->try_lock(kSite).value());
    write(*file, 0, "new");
    disk_.crash_process();
    CHECK(file->write_at(FileOffset(0), as_bytes("x"), kSite).error().code() == Errc::io_error);
    CHECK(directory_->list(kSite).has_error());
    directory_ = disk_.open_directory();
    CHECK(text("a") == "new");
    CHECK(open("a")->try_lock(kSite).value());
    crash(CrashPolicy::none());
    CHECK(text("a") == "old");
  }

  TEST_CASE_FIXTURE(SimFixture, "sim disk: a second handle waits for the lock of the first") {
    auto first = open("a");
    const auto second = open("a");
    CHECK(first->try_lock(kSite).value());
    CHECK_FALSE(second->try_lock(kSite).value());
    first.reset();
    CHECK(second->try_lock(kSite).value());
    // A handle from before a crash frees nothing that is taken after it.
    auto old = open("b");
    REQUIRE(old->try_lock(kSite).value());
    disk_.crash_process();
    directory_ = disk_.open_directory();
    const auto owner = open("b");
    REQUIRE(owner->try_lock(kSite).value());
    old.reset();
    CHECK_FALSE(open("b")->try_lock(kSite).value());
  }

  TEST_CASE_FIXTURE(SimFixture, "sim disk: a mapping sees later writes and outlives the name") {
    auto file = durable_file("a", sectors("01"));
    const auto mapping = std::move(file->map(600, kSite).value());
    write(*file, 511, "xyz");
    write(*file, 100'000, "grown");
    CHECK(as_text(mapping->bytes().subspan(510, 5)) == "0xyz1");
    const auto longer = std::move(file->map(100'005, kSite).value());
    REQUIRE(directory_->remove("a", kSite).has_value());
    write(*file, 0, "!");
    file.reset();
    CHECK(as_text(mapping->bytes().first(2)) == "!0");
    CHECK(as_text(longer->bytes().first(2)) == "!0");
    CHECK(as_text(longer->bytes().last(5)) == "grown");
  }

  // F9.
  TEST_CASE_FIXTURE(SimFixture, "sim disk: rules make the nth call fail, once or for ever") {
    disk_.add_fault({.call = Call::pwrite, .name = "*.segment", .nth = 2, .error = ENOSPC});
    disk_.add_fault({.call = Call::openat, .site = "log.*", .for_ever = true, .error = EMFILE});
    const auto file = open("1.segment");
    const auto other = open("other");
    write(*other, 0, "x");
    write(*file, 0, "x");
    CHECK(file->write_at(FileOffset(0), as_bytes("y"), kSite).error().code() == Errc::no_space);
    CHECK(text("1.segment") == "x");
    write(*file, 0, "z");
    constexpr io::Site kLog{"log.open"};
    for (int round = 0; round < 3; ++round) {
      CHECK(directory_->open("x", io::OpenMode::create_new, kLog).error().code() == Errc::no_space);
    }
    disk_.clear_faults();
    CHECK(directory_->open("x", io::OpenMode::create_new, kLog).has_value());
    const auto sites = disk_.sites();
    CHECK(sites.at("log.open").calls == 4);
    CHECK(sites.at("log.open").failures == std::map<int, std::uint64_t>{{EMFILE, 3}});
    CHECK(sites.at("test.site").failures == std::map<int, std::uint64_t>{{ENOSPC, 1}});
  }

  TEST_CASE_FIXTURE(SimFixture,
                    "sim disk: short counts and interruptions are gone through by the loops") {
    disk_.add_fault({.call = Call::pwrite, .nth = 1, .count = 2});
    disk_.add_fault({.call = Call::pwrite, .nth = 2, .error = EINTR});
    disk_.add_fault({.call = Call::pread, .nth = 1, .count = 1});
    write(*open("a"), 0, "hello");
    CHECK(disk_.sites().at("test.site").failures.at(EINTR) == 1);
    CHECK(text("a") == "hello");
    // An error after a part has been written leaves the part.
    disk_.add_fault({.call = Call::pwrite, .error = EIO, .count = 3});
    CHECK(open("b")->write_at(FileOffset(0), as_bytes("hello"), kSite).has_error());
    CHECK(text("b") == "hel");
  }

  TEST_CASE_FIXTURE(SimFixture, "sim disk: from the call at which it stops on nothing happens") {
    const auto file = durable_file("a", "old");
    disk_.stop_at_call(disk_.calls() + 2);
    write(*file, 0, "n");
    CHECK_FALSE(disk_.stopped());
    CHECK(file->write_at(FileOffset(1), as_bytes("e"), kSite).has_error());
    CHECK(file->sync_data(kSite).has_error());
    CHECK(disk_.stopped());
    crash(CrashPolicy::all());
    CHECK_FALSE(disk_.stopped());
    CHECK(text("a") == "nld");
  }

  TEST_CASE_FIXTURE(SimFixture, "sim disk: damage is on the disk and in the cache") {
    const auto file = durable_file("a", "hello");
    const auto mapping = std::move(file->map(5, kSite).value());
    disk_.damage("a", 1, as_bytes("u"));
    CHECK(text("a") == "hullo");
    CHECK(as_text(mapping->bytes()) == "hullo");
    crash(CrashPolicy::none());
    CHECK(text("a") == "hullo");
    disk_.damage_size("a", 2);
    CHECK(text("a") == "hu");
    CHECK(as_text(disk_.durable_bytes("a")) == "hu");
  }

  TEST_CASE_FIXTURE(SimFixture, "sim disk: a directory that is moved or replaced is missed") {
    CHECK(directory_->check_still_there(kSite).has_value());
    disk_.move_directory("/sim", "/elsewhere");
    CHECK(directory_->check_still_there(kSite).error().code() == Errc::not_found);
    const auto other = disk_.open_directory("/sim");
    CHECK(directory_->check_still_there(kSite).error().code() == Errc::not_found);
    CHECK(other->check_still_there(kSite).has_value());
    open("a");
    CHECK(disk_.names("/elsewhere") == Names{"a"});
    CHECK(disk_.names("/sim").empty());
  }

  TEST_CASE("sim disk: one seed gives one trace, another call another") {
    const auto trace = [](std::uint64_t seed, std::string_view content) {
      SimDisk disk(seed);
      const auto directory = disk.open_directory();
      auto file = std::move(directory->open("a", io::OpenMode::create_new, kSite).value());
      disk.add_fault(
          {.call = Call::fdatasync, .error = EIO, .sync_failure = SyncFailure::cache_reverted});
      REQUIRE(file->write_at(FileOffset(0), as_bytes(content), kSite).has_value());
      CHECK(file->sync_data(kSite).has_error());
      CHECK(file->size(kSite).has_value());
      return disk.trace_hash();
    };
    CHECK(trace(1, "a") == trace(1, "a"));
    CHECK(trace(1, "a") != trace(1, "b"));
  }

  TEST_CASE_FIXTURE(SimFixture, "sim disk: each call is announced before it is made") {
    std::vector<std::string> seen;
    disk_.before_call([&](const CallInfo& info) {
      seen.push_back(std::string(call_name(info.call)) + " " + info.name + " " + info.site.name);
    });
    durable_file("a", "x");
    CHECK(seen == Names{"openat a test.site", "pwrite a test.site", "fdatasync a test.site",
                        "fsync_directory  test.site"});
  }
}

}  // namespace
}  // namespace esker::sim
