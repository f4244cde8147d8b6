#include "esker/uuid.hpp"

#include <doctest/doctest.h>

#include <set>

namespace esker {

TEST_SUITE("base") {
  TEST_CASE("uuid: text and bytes are each other's") {
    const auto uuid = Uuid::parse("00112233-4455-6677-8899-aAbBcCdDeEfF");
    REQUIRE(uuid.has_value());
    CHECK(uuid->to_string() == "00112233-4455-6677-8899-aabbccddeeff");
    CHECK(uuid->bytes()[0] == std::byte{0x00});
    CHECK(uuid->bytes()[15] == std::byte{0xff});
    CHECK_FALSE(uuid->is_nil());
    CHECK(Uuid().is_nil());
    CHECK(Uuid().to_string() == "00000000-0000-0000-0000-000000000000");
  }

  TEST_CASE("uuid: what is not one is refused") {
    for (const char* text :
         {"", "0", "00112233-4455-6677-8899-aabbccddeef", "00112233-4455-6677-8899-aabbccddeeff0",
          "00112233x4455-6677-8899-aabbccddeeff", "g0112233-4455-6677-8899-aabbccddeeff",
          "{0112233-4455-6677-8899-aabbccddeef}", "001122334-455-6677-8899-aabbccddeeff"}) {
      CAPTURE(text);
      CHECK_FALSE(Uuid::parse(text).has_value());
    }
  }

  TEST_CASE("uuid: random ones are of version 4 and differ") {
    std::set<Uuid> seen;
    for (int i = 0; i < 1000; ++i) {
      const Uuid uuid = Uuid::random();
      CHECK((uuid.bytes()[6] & std::byte{0xf0}) == std::byte{0x40});
      CHECK((uuid.bytes()[8] & std::byte{0xc0}) == std::byte{0x80});
      seen.insert(uuid);
    }
    CHECK(seen.size() == 1000);
  }

  TEST_CASE("uuid: a name's is RFC 4122's") {
    // Python's uuid.uuid5(uuid.NAMESPACE_DNS, "python.org").
    const Uuid dns = *Uuid::parse("6ba7b810-9dad-11d1-80b4-00c04fd430c8");
    CHECK(Uuid::from_name(dns, "python.org").to_string() == "886313e1-3b8a-5372-9b90-0c9aee199e5d");
  }
}

}  // namespace esker
