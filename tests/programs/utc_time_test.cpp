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

  TEST_CASE("utc_time: a time is read in UTC, to the nanosecond, or not at all") {
    CHECK(parse_utc_time("1970-01-01") == Timestamp(0));
    CHECK(parse_utc_time("2024-02-29T23:59:59.000000006Z") == Timestamp(1'709'251'199'000'000'006));
    CHECK(parse_utc_time("2024-02-29 23:59") == Timestamp(1'709'251'140'000'000'000));
    CHECK(parse_utc_time("2024-02-29T23:59:59.5") == Timestamp(1'709'251'199'500'000'000));
    for (const char* const wrong :
         {"", "2024", "2024-02-30", "2024-2-1", "2024-02-01T", "2024-02-01T24:00",
          "2024-02-01T10:60", "2024-02-01T10:00:00.", "2024-02-01T10:00:00.1234567890",
          "2024-02-01T10:00+01:00", "2024-02-01x", "1969-12-31", "3000-01-01", "now"}) {
      CAPTURE(wrong);
      CHECK_FALSE(parse_utc_time(wrong).has_value());
    }
  }
}

}  // namespace
}  // namespace esker::tools
