#include "server/peer_log.hpp"

#include <doctest/doctest.h>

namespace esker::server {

TEST_SUITE("server") {
  TEST_CASE("peer log: some lines a second, of which the first says how many are missing") {
    PeerLog log;
    PeerLog::TimePoint now;
    for (std::uint64_t line = 0; line < PeerLog::kLinesMax; ++line) {
      CHECK(log.admit(now) == 0);
      now += std::chrono::milliseconds(1);
    }
    for (int line = 0; line < 1'000; ++line) CHECK_FALSE(log.admit(now));
    now += std::chrono::seconds(1);
    CHECK(log.admit(now) == 1'000);
    CHECK(log.admit(now) == 0);
    now += std::chrono::hours(1);
    CHECK(log.admit(now) == 0);
  }
}

}  // namespace esker::server
