#include "store/lock_file.hpp"

#include <doctest/doctest.h>

#include <cerrno>

#include "sim/sim_disk.hpp"

namespace esker::store {

TEST_SUITE("store") {
  TEST_CASE("lock file: has one owner, who is named to others until it lets go") {
    sim::SimDisk disk;
    const auto directory = disk.open_directory();
    CHECK(LockFile::owner(*directory).empty());
    {
      const auto owner = LockFile::take(*directory, "process 42");
      REQUIRE(owner.has_value());
      const auto other = LockFile::take(*directory, "process 43");
      REQUIRE_FALSE(other.has_value());
      CHECK(other.assume_error().code() == Errc::locked);
      CHECK(other.assume_error().message().find("process 42") != std::string::npos);
      CHECK(LockFile::owner(*directory) == "process 42");
    }
    CHECK(LockFile::take(*directory, "process 43").has_value());
    CHECK(disk.names() == std::vector<std::string>{"LOCK"});  // it is never removed
  }

  TEST_CASE("lock file: a full disk keeps nobody from it, a broken one does") {
    sim::SimDisk disk;
    const auto directory = disk.open_directory();
    disk.add_fault({.call = sim::Call::pwrite, .error = ENOSPC});
    CHECK(LockFile::take(*directory, "process 42").has_value());
    disk.clear_faults();
    disk.add_fault({.call = sim::Call::flock_exclusive, .error = ENOLCK});
    const auto broken = LockFile::take(*directory, "process 42");
    REQUIRE_FALSE(broken.has_value());
    CHECK(broken.assume_error().code() == Errc::io_error);
  }

  TEST_CASE("lock file: what stands in it is shown only when it is a line of text") {
    sim::SimDisk disk;
    const auto directory = disk.open_directory();
    const auto owner = LockFile::take(*directory, "process 42");
    REQUIRE(owner.has_value());
    const std::byte bell{7};
    disk.damage("LOCK", 3, std::span(&bell, 1));
    const auto other = LockFile::take(*directory, "process 43");
    CHECK(other.assume_error().message().find("another process") != std::string::npos);
  }
}

}  // namespace esker::store
