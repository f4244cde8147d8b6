#include "client/backoff.hpp"

#include <doctest/doctest.h>

using esker::client::Backoff;
using std::chrono::milliseconds;

TEST_SUITE("client") {
  TEST_CASE("backoff: the first attempt does not wait and the others double up to the maximum") {
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
      CAPTURE(seed);
      Backoff backoff(milliseconds(50), milliseconds(300), seed);
      CHECK(backoff.next() == milliseconds(0));
      for (const int whole : {50, 100, 200, 300, 300, 300}) {
        const Backoff::Duration wait = backoff.next();
        CHECK(wait >= milliseconds(whole) / 2);
        CHECK(wait <= milliseconds(whole));
      }
      backoff.reset();
      CHECK(backoff.next() == milliseconds(0));
    }
  }

  TEST_CASE("backoff: a maximum below the minimum counts as the minimum") {
    Backoff backoff(milliseconds(50), milliseconds(1), 7);
    backoff.next();
    for (int i = 0; i < 100; ++i) {
      const Backoff::Duration wait = backoff.next();
      CHECK(wait >= milliseconds(25));
      CHECK(wait <= milliseconds(50));
    }
  }
}
