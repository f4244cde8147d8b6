#include "server/request_memory.hpp"

#include <doctest/doctest.h>

#include <string>

namespace esker::server {
namespace {

TEST_SUITE("server") {
  TEST_CASE("request memory: what is free is given at once") {
    RequestMemory memory(100);
    CHECK(memory.take(60, [] { FAIL("was given at once"); }));
    CHECK(memory.take(40, [] { FAIL("was given at once"); }));
    CHECK(memory.in_use() == 100);
    memory.give_back(60);
    CHECK(memory.in_use() == 40);
  }

  TEST_CASE("request memory: who waits is served in the order of asking, small ones after large") {
    RequestMemory memory(100);
    std::string served;
    REQUIRE(memory.take(80, [] {}));
    CHECK(!memory.take(90, [&] { served += "large "; }));
    CHECK(!memory.take(10, [&] { served += "small "; }));  // would fit, but is not first
    CHECK(served.empty());
    memory.give_back(80);
    CHECK(served == "large small ");
    CHECK(memory.in_use() == 100);
  }

  TEST_CASE(
      "request memory: who does not want to wait gets what is free, and nothing before others") {
    RequestMemory memory(100);
    CHECK(memory.try_take(80));
    CHECK(!memory.try_take(21));
    CHECK(!memory.try_take(101));
    CHECK(!memory.take(30, [] {}));
    CHECK(!memory.try_take(20));
    memory.give_back(80);
    CHECK(memory.try_take(70));
    RequestCharge charge;
    charge.add(memory, 40);
    charge.add(memory, 60);
    CHECK(charge.bytes() == 100);
  }

  TEST_CASE("request memory: a charge gives back once, wherever it was moved") {
    RequestMemory memory(100);
    REQUIRE(memory.take(30, [] {}));
    {
      RequestCharge first(memory, 30);
      RequestCharge second = std::move(first);
      CHECK(second.bytes() == 30);
      RequestCharge third;
      third = std::move(second);
      CHECK(memory.in_use() == 30);
    }
    CHECK(memory.in_use() == 0);
  }
}

}  // namespace
}  // namespace esker::server
