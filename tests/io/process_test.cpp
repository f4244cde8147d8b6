#include "io/process.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

namespace esker::io {

TEST_SUITE("io") {
  TEST_CASE("process: its number is the one that the system shows") {
    const std::string self = std::filesystem::read_symlink("/proc/self").string();
    CHECK(self == std::to_string(process_id()));
  }
}

}  // namespace esker::io
