#include "server/grpc/content_type.hpp"

#include <doctest/doctest.h>

#include "esker/event.hpp"

namespace esker::server::kurrent {
namespace {

/// What is given back of an event that was said to be of `type`.
std::string given_back(std::string_view type, std::string_view data) {
  Tags tags{"another=tag"};
  if (const auto tag = content_type_tag(type, as_bytes(data))) tags.add(*tag);
  return std::string(content_type_of(as_bytes(data), tags));
}

TEST_SUITE("server") {
  TEST_CASE("content type: data that look like what they are need no tag") {
    CHECK(!content_type_tag(kJson, as_bytes(R"({"a":1})")));
    CHECK(!content_type_tag(kJson, as_bytes(" [1, 2]\n")));
    CHECK(!content_type_tag(kBytes, as_bytes("\x01\x02")));
    CHECK(!content_type_tag(kBytes, as_bytes("")));
    CHECK(content_type_by_looks(as_bytes("{]")) == kBytes);
  }

  TEST_CASE("content type: what was said is given back, whatever the data look like") {
    for (const std::string_view data : {"", " ", "{}", "[1]", "{", "text", "\x01", "{\"a\":1}"}) {
      for (const std::string_view type : {"application/json", "application/octet-stream",
                                          "text/plain", "application/x-protobuf; v=1"}) {
        CAPTURE(data);
        CHECK(given_back(type, data) == type);
      }
    }
  }

  TEST_CASE("content type: what cannot be kept is told as bytes") {
    CHECK(given_back("", "{}") == kBytes);
    CHECK(given_back("a\nb", "x") == kBytes);
    CHECK(given_back(std::string(300, 'x'), "{}") == kBytes);
  }
}

}  // namespace
}  // namespace esker::server::kurrent
