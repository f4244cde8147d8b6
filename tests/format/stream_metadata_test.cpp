#include "esker/stream_metadata.hpp"

#include <doctest/doctest.h>

using namespace esker;

namespace {

std::string written(const StreamMetadata& metadata) {
  Result<SystemAppend> append = metadata_append("order-1", metadata);
  if (!append) return std::string(errc_name(append.assume_error().code()));
  const StreamAppend view = append.assume_value().append();
  CHECK(view.stream == "$$order-1");
  REQUIRE(view.events.size() == 1);
  CHECK(view.events[0].type == kMetadataType);
  return std::string(as_text(view.events[0].data));
}

StreamMetadata read(std::string_view json, std::uint64_t position = 7) {
  Result<StreamMetadata> metadata = parse_stream_metadata(json, Position(position));
  REQUIRE_MESSAGE(metadata.has_value(), json);
  return std::move(metadata).assume_value();
}

}  // namespace

TEST_SUITE("format") {
  TEST_CASE("stream metadata: what is written is read again") {
    StreamMetadata metadata;
    CHECK(written(metadata) == "{}");
    CHECK(read("{}") == metadata);
    metadata.max_count = 5;
    metadata.max_age = std::chrono::seconds(60);
    metadata.truncate_before = Version(4);
    metadata.deleted_before = Position(3);
    metadata.custom = R"({"owner":"ann","levels":[1,2]})";
    const std::string json =
        R"({"$maxCount":5,"$maxAge":60,"$tb":3,"$deletedBefore":3,"owner":"ann","levels":[1,2]})";
    CHECK(written(metadata) == json);
    CHECK(read(json) == metadata);
  }

  TEST_CASE("stream metadata: a deletion is about what stands before it") {
    StreamMetadata metadata;
    metadata.deleted = true;
    CHECK(written(metadata) == R"({"$deleted":true})");
    CHECK(read(R"({"$deleted":true})", 12).deleted_before == Position(12));
    CHECK(read(R"({"$deleted":false})", 12).deleted_before == Position(0));
    CHECK(read(R"({"$deleted":true,"$deletedBefore":3})", 12).deleted_before == Position(12));
    // KurrentDB's clients delete a stream so.
    const StreamMetadata all = read(R"({"$tb":9223372036854775807})", 12);
    CHECK(all.deleted_before == Position(12));
    CHECK(all.truncate_before == Version(0));
  }

  TEST_CASE("stream metadata: what is not allowed is told") {
    for (const std::string_view json :
         {R"({"$maxCount":0})", R"({"$maxCount":-1})", R"({"$maxCount":"5"})", R"({"$maxAge":0})",
          R"({"$maxAge":9223372037})", R"({"$tb":1.5})", R"({"$deleted":1})",
          R"({"$deletedBefore":null})", "[]", "x"}) {
      const Result<StreamMetadata> metadata = parse_stream_metadata(json, Position(1));
      REQUIRE_MESSAGE(!metadata.has_value(), json);
      CHECK(metadata.assume_error().code() == Errc::invalid_argument);
    }
    StreamMetadata metadata;
    for (const char* const custom : {"[]", "{", R"({"$maxCount":1})", R"({"$mine":1})"}) {
      metadata.custom = custom;
      CHECK_MESSAGE(written(metadata) == "invalid_argument", custom);
    }
    metadata = {};
    metadata.max_age = std::chrono::seconds(0);
    CHECK(written(metadata) == "invalid_argument");
    metadata.max_age = std::chrono::seconds(-1);
    CHECK(written(metadata) == "invalid_argument");
    metadata = {};
    metadata.max_count = 0;
    CHECK(written(metadata) == "invalid_argument");
  }
}
