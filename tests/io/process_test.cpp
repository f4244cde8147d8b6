#include "io/process.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <unistd.h>

#include "io/limits.hpp"
#include "support/process_use.hpp"

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

#ifndef ESKER_SANITIZED  // they keep it
  TEST_CASE("process: memory that was freed is given back when that is wished") {
    constexpr std::uint64_t kMiB = 1U << 20;
    const std::uint64_t before = support::use_of(::getpid()).memory_bytes;
    std::vector<std::unique_ptr<char[]>> blocks;
    for (int i = 0; i < 64 << 10; ++i) blocks.push_back(std::make_unique<char[]>(1'000));
    // What is still in use at the end keeps all that lies before it from being given back by itself.
    blocks.erase(blocks.begin(), blocks.end() - 1);
    CHECK(support::use_of(::getpid()).memory_bytes > before + 32 * kMiB);
    release_free_memory();
    CHECK(support::use_of(::getpid()).memory_bytes < before + 8 * kMiB);
  }
#endif
}

}  // namespace esker::io
