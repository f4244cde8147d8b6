#include "log/own_file.hpp"

#include <algorithm>
#include <cerrno>

#include "log/damage_fixture.hpp"

namespace esker::log {
namespace {

constexpr io::Site kTest{"test.change"};
constexpr std::uint64_t kFooter = (64 << 10) - format::kSegmentFooterBytes;

/// A log of which another directory has hard links of all sealed segments, as a branch has.
class SharedFixture : protected DamageFixture {
 protected:
  /// Shares the first two segments; how many events there are.
  std::uint64_t make_shared() {
    const std::uint64_t events = make_log();
    other_ = disk_.open_directory("/other");
    for (const std::uint64_t id : {1, 2}) {
      REQUIRE(other_->link(*directory_, file(id), file(id), kTest));
      before_.push_back(disk_.bytes(file(id), "/other"));
    }
    REQUIRE(other_->sync(kTest));
    return events;
  }

  void check_other_unchanged() {
    for (const std::uint64_t id : {1, 2}) {
      CHECK(disk_.bytes(file(id), "/other") == before_[id - 1]);
      CHECK(disk_.durable_bytes(file(id), "/other") == before_[id - 1]);
    }
  }

  /// Damages a shared file; the other directory then has the damage, too, and must keep it as it is.
  void flip_shared(std::uint64_t id, std::uint64_t offset) {
    flip(file(id), offset);
    before_[id - 1] = disk_.bytes(file(id), "/other");
  }

  std::unique_ptr<io::Directory> other_;
  std::vector<std::vector<std::byte>> before_;
};

}  // namespace

TEST_SUITE("log") {
  TEST_CASE_FIXTURE(SharedFixture, "own file: one that nobody else has stays the same file") {
    make_log();
    CHECK_FALSE(own_file(*directory_, file(1)).value());
    CHECK(own_file(*directory_, file(9)).error().code() == Errc::not_found);
  }

  TEST_CASE_FIXTURE(SharedFixture, "own file: of a shared one a durable copy is made, once") {
    make_shared();
    CHECK(own_file(*directory_, file(1)).value());
    CHECK_FALSE(own_file(*directory_, file(1)).value());
    CHECK(disk_.durable_bytes(file(1)) == before_[0]);
    const auto own = directory_->open(file(1), io::OpenMode::read_write, kTest).value();
    REQUIRE(own->write_at(FileOffset(5000), std::vector<std::byte>(8), kTest));
    check_other_unchanged();
  }

  TEST_CASE_FIXTURE(SharedFixture, "own file: a crash at any call leaves the file or the copy") {
    make_shared();
    const std::unique_ptr<sim::SimDisk> start = disk_.clone();
    for (std::uint64_t call = 1;; ++call) {
      CAPTURE(call);
      const std::unique_ptr<sim::SimDisk> disk = start->clone();
      disk->stop_at_call(call);
      const Result<bool> done = own_file(*disk->open_directory(), file(1));
      const bool stopped = disk->stopped();
      CHECK(done.has_value() != stopped);
      disk->crash_power(sim::CrashPolicy::random(call));
      CHECK(disk->bytes(file(1)) == before_[0]);
      CHECK(disk->bytes(file(1), "/other") == before_[0]);
      CHECK(own_file(*disk->open_directory(), file(1)));
      CHECK(disk->durable_bytes(file(1)) == before_[0]);
      if (!stopped) break;
    }
  }

  TEST_CASE_FIXTURE(SharedFixture, "own file: a full disk leaves the shared file") {
    make_shared();
    disk_.add_fault({.site = "log.own_write", .for_ever = true, .error = ENOSPC});
    CHECK(own_file(*directory_, file(1)).error().code() == Errc::no_space);
    CHECK(disk_.bytes(file(1)) == before_[0]);
    CHECK(disk_.bytes(file(1), "/other") == before_[0]);
  }

  TEST_CASE_FIXTURE(SharedFixture, "own file: what a recovery makes again is not made in others'") {
    const std::uint64_t events = make_shared();
    SUBCASE("the footer of a segment in the middle") { flip_shared(1, kFooter + 5); }
    SUBCASE("the footer of what is now the active segment") {
      flip_shared(2, kFooter + 5);
      REQUIRE(directory_->remove(file(4), kTest));
      REQUIRE(directory_->remove(file(3), kTest));
      REQUIRE(directory_->remove("watermark", kTest));
    }
    open();
    CHECK(check_all() <= events);
    committed(4);
    fill_segments(5);
    close();
    CHECK(verify().report.faults == 0);
    check_other_unchanged();
  }

  TEST_CASE_FIXTURE(SharedFixture, "own file: a repair leaves others' files as they are") {
    make_shared();
    SUBCASE("footer") { flip_shared(1, kFooter + 5); }
    SUBCASE("offset table") { flip_shared(1, kFooter - 8); }
    SUBCASE("cut in a shared segment") { flip_shared(1, offset_of(12) + 70); }
    SUBCASE("cut behind a shared segment") {
      REQUIRE(directory_->remove(file(3), kTest));
      REQUIRE(directory_->remove(file(4), kTest));
    }
    CHECK(repair({.cut = true}).actions > 0);
    check_other_unchanged();
    CHECK(verify().faults.empty());
    open();
    committed(4);
    close();
    check_other_unchanged();
  }
}

}  // namespace esker::log
