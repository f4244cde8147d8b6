#include "format/checksum.hpp"

#include <doctest/doctest.h>

#include <string>

#include "esker/event.hpp"

namespace esker::format {

TEST_SUITE("format") {
  TEST_CASE("checksum: it is CRC-32C") {
    // RFC 3720, B.4.
    CHECK(crc32c(as_bytes("123456789")) == 0xE3069283);
    CHECK(crc32c(as_bytes(std::string(32, '\0'))) == 0x8A9136AA);
    CHECK(crc32c(as_bytes(std::string(32, '\xff'))) == 0x62A8AB43);
    CHECK(crc32c({}) == 0);
  }

  TEST_CASE("checksum: it goes on from any point") {
    const std::string text = "The quick brown fox jumps over the lazy dog";
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
      CHECK(crc32c_extend(crc32c(as_bytes(text.substr(0, cut))), as_bytes(text.substr(cut))) ==
            crc32c(as_bytes(text)));
    }
  }

  TEST_CASE("checksum: that of a middle part follows from those of the beginnings") {
    std::string varied(70'000, '\0');
    for (std::size_t i = 0; i < varied.size(); ++i) varied[i] = static_cast<char>(i * i >> 3);
    const auto bytes = as_bytes(varied);
    for (const std::size_t begin : {0, 1, 7, 8, 4095, 4096, 30'000, 70'000}) {
      for (const std::size_t size : {0, 1, 2, 3, 64, 255, 256, 4097, 40'000}) {
        if (begin + size > bytes.size()) continue;
        CHECK(crc32c_between(0xDEADBEEF, crc32c(bytes.first(begin)),
                             crc32c(bytes.first(begin + size)),
                             size) == crc32c_extend(0xDEADBEEF, bytes.subspan(begin, size)));
      }
    }
  }

  TEST_CASE("checksum: each place has a seed of its own") {
    CHECK(place_seed(Salt(1), FileOffset(4096)) != place_seed(Salt(2), FileOffset(4096)));
    CHECK(place_seed(Salt(1), FileOffset(4096)) != place_seed(Salt(1), FileOffset(4104)));
  }
}

}  // namespace esker::format
