#include "log/compression.hpp"

#include <algorithm>
#include <cerrno>

#include "log/compressed_fixture.hpp"

namespace esker::log {

TEST_SUITE("log") {
  TEST_CASE_FIXTURE(
      CompressedFixture,
      "compression: a segment reads as before, from the running log and opened again") {
    open();
    fill_segments(3);
    const std::uint64_t events = log_->visible().value();
    const auto plain = log_->segments()->all()[0];
    const auto compressed = compress(0);
    CHECK(log_->segments()->all()[0] == compressed);
    CHECK(compressed->stored_bytes() < plain->stored_bytes() / 2);
    CHECK(disk_.bytes(file(1)).size() == compressed->stored_bytes());
    for (Position at = plain->first(); at < plain->end(); at = at.next()) {
      const auto record = compressed->read(at);
      REQUIRE(record.has_value());
      const FileOffset begin = plain->offset_of(at);
      REQUIRE(compressed->offset_of(at) == begin);
      const FileOffset end = begin.plus(record.assume_value().padded_bytes());
      CHECK(std::ranges::equal(compressed->bytes(begin, end), plain->bytes(begin, end)));
    }
    CHECK(plain->read(plain->first()).has_value());  // who reads in the old one goes on
    CHECK(check_all() == events);
    close();
    open();
    CHECK(log_->report().clean);
    CHECK(log_->segments()->all()[0]->image() != nullptr);
    CHECK(log_->segments()->all()[1]->image() == nullptr);
    CHECK(check_all() == events);
    committed(3);
    CHECK(check_all() == events + 3);
  }

  TEST_CASE_FIXTURE(CompressedFixture, "compression: bytes ahead are those of the plain segment") {
    open();
    fill_segments(2);
    const auto plain = log_->segments()->all()[0];
    const auto compressed = compress(0);
    const FileOffset begin = plain->offset_of(Position(5));
    const FileOffset end = plain->offset_of(plain->end());
    for (const std::uint64_t wanted : {1ULL, 5000ULL, 1ULL << 30}) {
      const auto ahead = compressed->bytes_ahead(begin, end, wanted);
      const std::uint64_t first = plain->offset_of(Position(6)).value() - begin.value();
      CHECK(ahead.size() == std::min(std::max(wanted, first), end.value() - begin.value()));
      CHECK(std::ranges::equal(ahead, plain->bytes(begin, begin.plus(ahead.size()))));
    }
    CHECK(plain->bytes_ahead(begin, end, 1).size() == end.value() - begin.value());
  }

  TEST_CASE_FIXTURE(CompressedFixture, "compression: a closed log is without a fault") {
    const std::uint64_t events = make_compressed();
    const Verified verified = verify();
    CHECK(verified.faults.empty());
    CHECK(verified.notes.empty());
    CHECK(verified.report.last == Position(events));
    CHECK(verified.report.segments[0].file.compressed);
    CHECK(verified.report.segments[0].file.stored_bytes == disk_.bytes(file(1)).size());
    CHECK(verified.report.segments[0].file.bytes == plain_[0].size());
  }

  TEST_CASE_FIXTURE(CompressedFixture, "compression: at every call a crash leaves all events") {
    const std::uint64_t events = make_log();
    const std::unique_ptr<sim::SimDisk> start = disk_.clone();
    for (std::uint64_t call = 1;; ++call) {
      CAPTURE(call);
      const std::unique_ptr<sim::SimDisk> disk = start->clone();
      const std::unique_ptr<io::Directory> directory = disk->open_directory();
      bool stopped = false;
      {
        const auto log = Log::open(*directory, clock_, options_);
        REQUIRE(log.has_value());
        disk->stop_at_call(disk->calls() + call);
        const auto done =
            try_compress(*directory, *log.assume_value(), log.assume_value()->segments()->all()[0]);
        stopped = disk->stopped();
        CHECK(done.has_value() != stopped);
      }
      disk->crash_power(sim::CrashPolicy::random(call));
      const std::unique_ptr<io::Directory> again = disk->open_directory();
      const auto log = Log::open(*again, clock_, options_);
      REQUIRE_MESSAGE(log.has_value(), log.assume_error().message());
      CHECK(log.assume_value()->visible() == Position(events));
      const auto set = log.assume_value()->segments();
      for (Position at(1); at <= Position(events); at = at.next()) {
        REQUIRE(set->find(at)->read(at).has_value());
      }
      for (const std::string& name : disk->names()) CHECK_FALSE(name.ends_with(".tmp"));
      if (!stopped) {
        CHECK(set->all()[0]->image() != nullptr);
        break;
      }
    }
  }

  TEST_CASE_FIXTURE(CompressedFixture, "compression: what cannot be written leaves the segment") {
    open();
    fill_segments(2);
    const std::vector<std::byte> before = disk_.bytes(file(1));
    const auto segment = log_->segments()->all()[0];
    for (const char* site :
         {"log.compress_create", "log.compress_empty", "log.compress_blocks", "log.compress_table",
          "log.compress_header", "log.compress_sync", "log.compress_rename"}) {
      CAPTURE(site);
      disk_.add_fault({.site = site, .error = ENOSPC});
      const auto failed = try_compress(*directory_, *log_, segment);
      REQUIRE(failed.has_error());
      CHECK(failed.assume_error().code() == Errc::no_space);
      disk_.clear_faults();
      CHECK(disk_.bytes(file(1)) == before);
      for (const std::string& name : disk_.names()) CHECK_FALSE(name.ends_with(".tmp"));
    }
    compress(0);
    check_all();
  }

  TEST_CASE_FIXTURE(CompressedFixture, "compression: bytes that change while written are noticed") {
    open();
    fill_segments(2);
    disk_.before_call([&](const sim::CallInfo& call) {
      if (std::string_view(call.site.name) != "log.compress_header") return;
      const std::byte wrong{0x5a};
      disk_.damage(file(1) + ".tmp", disk_.bytes(file(1) + ".tmp").size() - 10,
                   std::span(&wrong, 1));
    });
    const auto failed = try_compress(*directory_, *log_, log_->segments()->all()[0]);
    REQUIRE(failed.has_error());
    CHECK(failed.assume_error().code() == Errc::corrupt);
    disk_.before_call({});
    check_all();
  }

  TEST_CASE_FIXTURE(CompressedFixture, "compression: copies of compressed segments are stores") {
    const std::uint64_t events = make_compressed();
    const std::uint64_t stored = disk_.bytes(file(1)).size() + disk_.bytes(file(2)).size();
    CopyOptions options;
    SUBCASE("linked") { CHECK(copy("/copy", options).bytes_linked == stored); }
    SUBCASE("copied") {
      options.real_copies = true;
      CHECK(copy("/copy", options).bytes_linked == 0);
    }
    SUBCASE("from an earlier copy") {
      copy("/base");
      const auto base = disk_.open_directory("/base");
      options.real_copies = true;
      options.base = base.get();
      CHECK(copy("/copy", options).bytes_base == stored);
    }
    SUBCASE("to the middle of a compressed segment") {
      options.limit.position = Position(events / 2);
      const std::uint64_t last = copy("/copy", options).last.value();
      CHECK(last > 0);
      check_store("/copy", last);
      return;
    }
    CHECK(disk_.bytes(file(1), "/copy") == disk_.bytes(file(1)));
    check_store("/copy", events);
  }

  TEST_CASE_FIXTURE(CompressedFixture, "compression: a copy notices a damaged block") {
    make_compressed();
    flip(file(1), block_of(1, offset_of(12)).begin + 5);
    const auto failed = try_copy("/copy");
    REQUIRE(failed.has_error());
    CHECK(failed.error().code() == Errc::corrupt);
    CHECK(failed.error().message().find(file(1)) != std::string::npos);
  }

  TEST_CASE_FIXTURE(CompressedFixture, "repair: a damaged block is cut at the record before it") {
    make_compressed();
    flip(file(1), block_of(1, offset_of(20)).begin + 5);
    const Verified damaged = verify();
    REQUIRE(damaged.faults.size() >= 1);
    CHECK(damaged.faults[0].file.find(file(1)) != std::string::npos);
    const std::vector<std::byte> before = disk_.bytes(file(1));
    const RepairReport report = repair({.cut = true});
    CHECK(report.last > Position(7));
    CHECK(report.last < Position(20));
    CHECK(disk_.bytes(file(1), set_aside_path_) == before);
    CHECK(verify().faults.empty());
    open();
    CHECK(check_all() == report.last.value());
    committed(3);
    check_all();
  }
}

}  // namespace esker::log
