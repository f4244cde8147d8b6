#include "io/reserved_memory.hpp"

#include <doctest/doctest.h>

#include <new>

namespace esker::io {

TEST_SUITE("io") {
  TEST_CASE("reserved memory: much more than the machine has, zero until it is written to") {
    const ReservedMemory memory(std::size_t{1} << 40);
    REQUIRE(memory.bytes().size() == std::size_t{1} << 40);
    std::byte& last = memory.bytes().back();
    CHECK(last == std::byte{0});
    last = std::byte{1};
    CHECK(memory.bytes().back() == std::byte{1});
  }

  TEST_CASE("reserved memory: what the kernel does not give is bad_alloc") {
    CHECK_THROWS_AS(ReservedMemory(std::size_t{1} << 60), std::bad_alloc);
  }
}

}  // namespace esker::io
