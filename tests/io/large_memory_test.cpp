#include "io/large_memory.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <span>

namespace esker::io {

TEST_SUITE("io") {
  TEST_CASE("large memory: it is zeroed, writable, and aligned when it is large") {
    for (const std::size_t bytes : {std::size_t{1}, std::size_t{4096}, std::size_t{5} << 20}) {
      CAPTURE(bytes);
      const LargeMemory memory(bytes);
      REQUIRE(memory.bytes() >= bytes);
      const std::span all(static_cast<std::uint8_t*>(memory.data()), memory.bytes());
      CHECK(std::ranges::all_of(all, [](std::uint8_t byte) { return byte == 0; }));
      std::ranges::fill(all, std::uint8_t{1});
      if (bytes >= 2 << 20) CHECK(std::bit_cast<std::uintptr_t>(memory.data()) % (2 << 20) == 0);
    }
  }

  TEST_CASE("large memory: it moves, and an empty one is nothing") {
    LargeMemory memory(100);
    void* const data = memory.data();
    LargeMemory moved(std::move(memory));
    CHECK(moved.data() == data);
    LargeMemory other;
    CHECK(other.data() == nullptr);
    CHECK(other.bytes() == 0);
    other = std::move(moved);
    CHECK(other.data() == data);
  }

  TEST_CASE("large memory: what the kernel does not give is bad_alloc") {
    CHECK_THROWS_AS(LargeMemory(std::size_t{1} << 60), std::bad_alloc);
  }
}

}  // namespace esker::io
