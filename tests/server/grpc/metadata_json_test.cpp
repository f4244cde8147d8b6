#include "server/grpc/metadata_json.hpp"

#include <doctest/doctest.h>

namespace esker::server::kurrent {
namespace {

TEST_SUITE("server") {
  TEST_CASE("metadata json: clients are told of a deletion as they say it themselves") {
    CHECK(tells_of_deletion(R"({"$deleted":true})"));
    CHECK(tells_of_deletion(R"({"$deletedBefore":7})"));
    CHECK(!tells_of_deletion(R"({"$maxCount":7,"$tb":1})"));
    CHECK(metadata_for_client(R"({"a":{"b":1},"$deleted":true})", kAllTruncated) ==
          R"({"a":{"b":1},"$tb":9223372036854775807})");
    CHECK(metadata_for_client(R"({"$deletedBefore":9,"$tb":3})", 2) == R"({"$tb":3})");
    CHECK(metadata_for_client(R"({"$deletedBefore":9,"$tb":3})", 5) == R"({"$tb":5})");
    CHECK(metadata_for_client("$deleted", 5) == "$deleted");
  }

  TEST_CASE("metadata json: what clients set does not bring back what was deleted") {
    CHECK(metadata_behind_deletion(R"({"$maxCount":7})", Position(9)).value() ==
          R"({"$maxCount":7,"$deletedBefore":9})");
    CHECK(metadata_behind_deletion(R"({"$deletedBefore":1})", Position(9)).value() ==
          R"({"$deletedBefore":9})");
    CHECK(metadata_behind_deletion("7", Position(9)).assume_error().code() ==
          Errc::invalid_argument);
  }
}

}  // namespace
}  // namespace esker::server::kurrent
