#include "format/hex_number.hpp"

#include <doctest/doctest.h>

namespace esker::format {

TEST_SUITE("format") {
  TEST_CASE("hex number: what is written is read, and nothing else") {
    for (const std::uint64_t number : {std::uint64_t{0}, std::uint64_t{0xabc}, UINT64_MAX}) {
      CHECK(parse_hex_number(hex_number(number)) == number);
    }
    CHECK(hex_number(0xabc) == "0000000000000abc");
    for (const char* const text : {"", "0", "000000000000000", "00000000000000000",
                                   "0000000000000ABC", "000000000000000g"}) {
      CAPTURE(text);
      CHECK_FALSE(parse_hex_number(text));
    }
  }
}

}  // namespace esker::format
