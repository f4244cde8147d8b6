#include "server/grpc/calls.hpp"

#include <doctest/doctest.h>

#include <thread>

namespace esker::server::kurrent {
namespace {

class CountedCall final : public OpenCall {
 public:
  void stop() override { ++stops; }
  int stops = 0;
};

TEST_SUITE("server") {
  TEST_CASE("calls: no more than allowed are open") {
    Calls calls(2);
    CountedCall first;
    CountedCall second;
    CountedCall third;
    CHECK(calls.add(first));
    CHECK(calls.add(second));
    CHECK(!calls.add(third));
    calls.remove(first);
    CHECK(calls.add(third));
    CHECK(calls.count() == 2);
  }

  TEST_CASE("calls: stopping tells each, takes no more, and waits for the last") {
    Calls calls(10);
    CountedCall first;
    CountedCall second;
    REQUIRE(calls.add(first));
    REQUIRE(calls.add(second));
    calls.stop();
    CHECK(first.stops == 1);
    CHECK(second.stops == 1);
    CHECK(calls.stopping());
    CHECK(!calls.add(first));
    std::thread other([&] {
      calls.remove(first);
      calls.remove(second);
    });
    calls.wait();
    CHECK(calls.count() == 0);
    other.join();
  }
}

}  // namespace
}  // namespace esker::server::kurrent
