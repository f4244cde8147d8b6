#include "io/process.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "io/limits.hpp"

namespace esker::io {

TEST_SUITE("io") {
  TEST_CASE("process: its number is the one that the system shows") {
    const std::string self = std::filesystem::read_symlink("/proc/self").string();
    CHECK(self == std::to_string(process_id()));
  }

  TEST_CASE("process: may have the descriptors that it is granted, and no more") {
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    const LowerLimit lowered(RLIMIT_NOFILE, 64);
    CHECK(raise_descriptors_max() == before.rlim_max);
    rlimit after{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &after) == 0);
    CHECK(after.rlim_cur == before.rlim_max);
    CHECK(after.rlim_max == before.rlim_max);
  }
}

}  // namespace esker::io
