#include "io/file_system.hpp"

#include <doctest/doctest.h>

namespace esker::io {
namespace {

TEST_SUITE("io") {
  TEST_CASE("file system: disks are local, memory is volatile, the network is remote") {
    CHECK(file_system_of(0xef53).kind == FileSystemKind::local);
    CHECK(file_system_of(0xef53).name == "ext4");
    CHECK(file_system_of(0x58465342).name == "xfs");
    CHECK(file_system_of(0x01021994).kind == FileSystemKind::volatile_);
    CHECK(file_system_of(0x794c7630).kind == FileSystemKind::volatile_);
    for (const std::uint32_t remote :
         {0x6969U, 0xff534d42U, 0xfe534d42U, 0x01021997U, 0x65735546U}) {
      CHECK(file_system_of(remote).kind == FileSystemKind::remote);
    }
  }

  TEST_CASE("file system: an unknown type is local and named by its number") {
    CHECK(file_system_of(0x1234abcd).kind == FileSystemKind::local);
    CHECK(file_system_of(0x1234abcd).name == "0x1234abcd");
  }

  TEST_CASE("file system: a remote one is refused unless it is allowed") {
    const FileSystem nfs = file_system_of(0x6969);
    const auto refused = check_file_system("/mnt/data", nfs, false);
    REQUIRE(refused.has_error());
    CHECK(refused.error().code() == Errc::not_supported);
    CHECK(refused.error().message().find("/mnt/data: it is on nfs") != std::string::npos);
    CHECK(check_file_system("/mnt/data", nfs, true).has_value());
    CHECK(check_file_system("/data", file_system_of(0xef53), false).has_value());
  }
}

}  // namespace
}  // namespace esker::io
