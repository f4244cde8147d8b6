#include "format/json_object.hpp"

#include <doctest/doctest.h>

using namespace esker;
using namespace esker::format;

namespace {

/// The object's members written again; the error's code when it is none.
std::string again(std::string_view json) {
  std::string written = "{";
  const Result<void> read =
      for_each_member(json, [&written](const JsonMember& member) -> Result<void> {
        add_member(written, member.name, member.text);
        return ok();
      });
  return read ? written + "}" : std::string(errc_name(read.assume_error().code()));
}

}  // namespace

TEST_SUITE("format") {
  TEST_CASE("json object: members come in order, and can be written again") {
    CHECK(again("{}") == "{}");
    CHECK(again(R"( { "b" : 1 , "a" : [ true, null, -2.5, "x\ny" ], "c":{"d":{}} } )") ==
          R"({"b":1,"a":[true,null,-2.5,"x\ny"],"c":{"d":{}}})");
    CHECK(again(R"({"q\"b\\n\n\u0001é":"€"})") == "{\"q\\\"b\\\\n\\u000a\\u0001é\":\"€\"}");
  }

  TEST_CASE("json object: numbers and truth values are told apart from other values") {
    std::vector<std::optional<std::uint64_t>> numbers;
    std::vector<std::optional<bool>> truths;
    REQUIRE(for_each_member(R"({"a":18446744073709551615,"b":-1,"c":1.0,"d":"1","e":false})",
                            [&](const JsonMember& member) -> Result<void> {
                              numbers.push_back(member.number);
                              truths.push_back(member.truth);
                              return ok();
                            }));
    CHECK(numbers == std::vector<std::optional<std::uint64_t>>{UINT64_MAX, {}, {}, {}, {}});
    CHECK(truths == std::vector<std::optional<bool>>{{}, {}, {}, {}, false});
  }

  TEST_CASE("json object: a string is what it was when it is read again") {
    std::string json;
    add_string(json, "a \"b\" \\ \n\x01 größe");
    CHECK(json == R"("a \"b\" \\ \u000a\u0001 größe")");
  }

  TEST_CASE("json object: what is none is an error, however deep or broken") {
    for (const std::string_view json :
         {"", " ", "[]", "1", "null", "{", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{\"a\":1}x",
          "{\"a\":123456789012345678901234567890}", "{\"a\":\"\xff\"}"}) {
      CHECK_MESSAGE(again(json) == "invalid_argument", json);
    }
    const std::size_t deep = 1U << 20;
    CHECK(again("{\"a\":" + std::string(deep, '[') + std::string(deep, ']') + "}") ==
          "invalid_argument");
  }

  TEST_CASE("json object: an error of the callback ends it") {
    int members = 0;
    const Result<void> read = for_each_member(
        R"({"a":1,"b":2})", [&members](const JsonMember& /*member*/) -> Result<void> {
          ++members;
          return Error(Errc::too_large, "enough");
        });
    REQUIRE_FALSE(read.has_value());
    CHECK(read.assume_error().code() == Errc::too_large);
    CHECK(members == 1);
  }
}
