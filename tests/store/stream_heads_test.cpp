#include "store/stream_heads.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace esker;
using namespace esker::store;

TEST_SUITE("store") {
  TEST_CASE("stream_heads: what was set is found, under its own name only") {
    StreamHeads heads(1 << 20);
    heads.set("Order-1", 7, {Version(3), Position(30)});
    heads.set("Order-2", 7, {Version(4), Position(40)});  // the same hash
    REQUIRE(heads.find("Order-1", 7));
    CHECK(heads.find("Order-1", 7)->version == Version(3));
    CHECK(heads.find("Order-2", 7)->position == Position(40));
    CHECK(!heads.find("Order-3", 7));
    heads.set("Order-1", 7, {Version(5), Position(50)});
    CHECK(heads.find("Order-1", 7)->version == Version(5));
    CHECK(heads.size() == 2);
    CHECK(heads.found() == 4);
    CHECK(heads.missed() == 1);
  }

  TEST_CASE("stream_heads: the least recently used go, and the bound holds") {
    StreamHeads heads(10'000);
    for (std::uint64_t i = 0; i < 1000; ++i) {
      heads.set("Stream-" + std::to_string(i), i, {Version(i), Position(i)});
      CHECK(heads.bytes() <= 10'000);
      CHECK(heads.find("Stream-0", 0).has_value());  // used all the time
    }
    CHECK(!heads.find("Stream-1", 1));
    CHECK(heads.find("Stream-999", 999));
    CHECK(heads.size() > 10);
  }

  TEST_CASE("stream_heads: one head is kept, however large") {
    StreamHeads heads(1);
    heads.set(std::string(512, 'x'), 1, {Version(1), Position(1)});
    CHECK(heads.find(std::string(512, 'x'), 1));
    heads.set("y", 2, {Version(2), Position(2)});
    CHECK(heads.size() == 1);
    CHECK(heads.find("y", 2));
  }
}
