#include "common/utc_time.hpp"

#include <doctest/doctest.h>

namespace esker::tools {
namespace {

TEST_SUITE("programs") {
  TEST_CASE("utc_time: instants are written in UTC with all their nanoseconds") {
    CHECK(to_rfc3339(Timestamp(0)) == "1970-01-01T00:00:00.000000000Z");
    CHECK(to_rfc3339(Timestamp(1'709'251'199'000'000'006)) == "2024-02-29T23:59:59.000000006Z");
    CHECK(to_rfc3339(Timestamp(~std::uint64_t{0})) == "2554-07-21T23:34:33.709551615Z");
    CHECK(to_readable(Timestamp(1'709'251'199'123'999'999)) == "2024-02-29 23:59:59.123");
  }
}

}  // namespace
}  // namespace esker::tools
