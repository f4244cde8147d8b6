#include "log/offset_table.hpp"

#include <doctest/doctest.h>

namespace esker::log {

TEST_SUITE("log") {
  TEST_CASE("offset table: gives back what was appended, in units of bytes") {
    OffsetTable table(64 << 20);
    for (std::uint32_t i = 0; i < 40'000; ++i) table.append(i * 3);
    for (std::uint32_t i = 0; i < 40'000; i += 7) CHECK(table.at(i) == FileOffset(i * 3 * 8));
  }

  TEST_CASE("offset table: offsets beyond 4 GiB fit") {
    OffsetTable table(1 << 20);
    table.append(0xFFFF'FFFF);
    CHECK(table.at(0) == FileOffset(0x7'FFFF'FFF8));
  }

  TEST_CASE("offset table: its pieces are all entries in order") {
    OffsetTable table(64 << 20);
    for (std::uint32_t i = 0; i < 40'000; ++i) table.append(i);
    std::uint32_t next = 0;
    table.for_each_piece(39'000, [&next](std::span<const std::uint32_t> entries) {
      for (const std::uint32_t entry : entries) {
        if (entry != next) FAIL("entry ", next, " is ", entry);
        ++next;
      }
    });
    CHECK(next == 39'000);
  }
}

}  // namespace esker::log
