#include "server/trouble_log.hpp"

#include <doctest/doctest.h>

namespace esker::server {

TEST_SUITE("server") {
  TEST_CASE("trouble log: each trouble of the store is told once a minute, a wrong request never") {
    TroubleLog troubles;
    TroubleLog::TimePoint now;
    const Error full(Errc::no_space, "the disk is full");
    const Error failed(Errc::store_failed, "a sync failed");
    CHECK(troubles.is_news(full, now));
    CHECK_FALSE(troubles.is_news(full, now));
    CHECK(troubles.is_news(failed, now));
    now += TroubleLog::kAgainAfter;
    CHECK(troubles.is_news(full, now));
    CHECK_FALSE(troubles.is_news(full, now + std::chrono::seconds(59)));
    for (const Errc code : {Errc::wrong_version, Errc::busy, Errc::invalid_argument}) {
      CHECK_FALSE(troubles.is_news(Error(code, "a request"), now));
    }
  }
}

}  // namespace esker::server
