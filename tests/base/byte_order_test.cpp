#include "base/byte_order.hpp"

#include <doctest/doctest.h>

#include <array>
#include <vector>

namespace esker::base {

TEST_SUITE("base") {
  TEST_CASE("byte order: the low byte comes first, at any offset") {
    std::array<std::byte, 12> bytes{};
    store_le(std::span<std::byte>(bytes), 3, std::uint32_t{0x11223344});
    CHECK(bytes[2] == std::byte{0});
    CHECK(bytes[3] == std::byte{0x44});
    CHECK(bytes[6] == std::byte{0x11});
    CHECK(load_le<std::uint32_t>(bytes, 3) == 0x11223344);
    CHECK(load_le<std::uint16_t>(bytes, 4) == 0x2233);
    CHECK(load_le<std::uint64_t>(bytes, 3) == 0x11223344);
  }

  TEST_CASE("byte order: rounding up leaves multiples alone") {
    CHECK(align_up<std::uint64_t>(0, 8) == 0);
    CHECK(align_up<std::uint64_t>(1, 8) == 8);
    CHECK(align_up<std::uint64_t>(8, 8) == 8);
    CHECK(align_up<std::uint32_t>(4097, 4096) == 8192);
  }

  TEST_CASE("byte order: bytes are zero only when every one is") {
    std::vector<std::byte> bytes(100);
    CHECK(is_zero(bytes));
    CHECK(is_zero({}));
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      bytes[i] = std::byte{1};
      CHECK_FALSE(is_zero(bytes));
      bytes[i] = std::byte{0};
    }
  }
}

}  // namespace esker::base
