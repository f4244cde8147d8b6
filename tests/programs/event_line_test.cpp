#include "common/event_line.hpp"

#include <doctest/doctest.h>

#include <initializer_list>

namespace esker::tools {
namespace {

const EventId kId = *Uuid::parse("0189f7ea-1234-4abc-8def-0123456789ab");

EventView event_with(std::string_view data, std::string_view metadata = {}) {
  return {Position(7),
          Version(3),
          Timestamp(1'709'251'199'000'000'006),
          kId,
          "order-1",
          "OrderPlaced",
          as_bytes(data),
          as_bytes(metadata)};
}

std::string line_of(const EventView& event) {
  EventLineWriter writer;
  std::string line;
  writer.append(line, event);
  return line;
}

Result<EventLine> parsed(std::string_view line) { return EventLineParser().parse(line); }

std::string_view without_line_feed(std::string_view line) {
  CHECK(line.ends_with('\n'));
  return line.substr(0, line.size() - 1);
}

TEST_SUITE("programs") {
  TEST_CASE("event_line: an event with JSON is the line that the format describes") {
    CHECK(
        line_of(event_with(R"({"total": 42,  "to":"Ann"})", "[1]")) ==
        R"({"position":7,"stream":"order-1","version":3,"id":"0189f7ea-1234-4abc-8def-0123456789ab",)"
        R"("type":"OrderPlaced","time":"2024-02-29T23:59:59.000000006Z",)"
        R"("data":{"total": 42,  "to":"Ann"},"metadata":[1]})"
        "\n");
  }

  TEST_CASE("event_line: data and metadata come back byte by byte, whatever they are") {
    const std::initializer_list<std::string_view> bodies = {
        "",
        R"({"a": [1, 2.50, -0, 1e3, true, null], "b": {"c": "\u00e9é\n"}})",
        "{}",
        "[]",
        "\"text\"",
        "null",
        "1.50",
        "123456789012345678901234567890",
        "{\"a\":\t123456789012345678901234567890 }",
        " {}",
        "{} ",
        "{\n}",
        "\r",
        "{",
        "{\"a\":1}{\"b\":2}",
        "nul",
        "plain text",
        "\xff\xfe",
        "\"\xc3\x28\"",
        std::string_view("\0\1\2", 3),
        "}\",\"type\":\"Forged\"",
    };
    EventLineParser parser;
    for (const std::string_view body : bodies) {
      CAPTURE(body);
      for (const EventView& event : {event_with(body, "{}"), event_with("{}", body)}) {
        const std::string line = line_of(event);
        CHECK(line.find('\n') == line.size() - 1);
        const auto again = parser.parse(without_line_feed(line));
        REQUIRE(again.has_value());
        CHECK(again.value().id == kId);
        CHECK(again.value().stream == "order-1");
        CHECK(again.value().type == "OrderPlaced");
        CHECK(again.value().data == as_text(event.data));
        CHECK(again.value().metadata == as_text(event.metadata));
      }
    }
  }

  TEST_CASE("event_line: JSON stands as it is, anything else in base64") {
    CHECK(line_of(event_with("{\"big\":123456789012345678901234567890}")).find("\"data\":{") !=
          std::string::npos);
    CHECK(line_of(event_with("hello")).find(R"("data_base64":"aGVsbG8=")") != std::string::npos);
    CHECK(line_of(event_with("")).find("data") == std::string::npos);
  }

  TEST_CASE("event_line: names with quotes, backslashes and letters of all kinds come back") {
    EventView event = event_with("1");
    event.stream = "a\"b\\c-ключ-鍵";
    event.type = "Tür/𝄞";
    const auto again = parsed(without_line_feed(line_of(event)));
    REQUIRE(again.has_value());
    CHECK(again.value().stream == event.stream);
    CHECK(again.value().type == event.type);
  }

  TEST_CASE("event_line: the id may be missing, and the keys may come in any order") {
    const auto line = parsed(R"( {"type":"T", "data" : {"a":1} , "stream":"s"} )");
    REQUIRE(line.has_value());
    CHECK_FALSE(line.value().id);
    CHECK(line.value().data == R"({"a":1})");
  }

  TEST_CASE("event_line: what is not such a line is refused") {
    for (const std::string_view line :
         {"",
          "   ",
          "x",
          "[]",
          "1",
          "{",
          "{}",
          R"({"stream":"s"})",
          R"({"type":"T"})",
          R"({"stream":1,"type":"T"})",
          R"({"stream":"s","type":"T","id":"1"})",
          R"({"stream":"s","type":"T","id":"00000000-0000-0000-0000-000000000000"})",
          R"({"stream":"s","stream":"s","type":"T"})",
          R"({"stream":"s","type":"T","other":1})",
          R"({"stream":"s","type":"T","data":1,"data_base64":"Zg=="})",
          R"({"stream":"s","type":"T","data_base64":"Zg"})",
          R"({"stream":"s","type":"T","data_base64":1})",
          R"({"stream":"s","type":"T","data":{"a":tru}})",
          R"({"stream":"s","type":"T","data":01})",
          R"({"stream":"s","type":"T","data":})",
          R"({"stream":"s","type":"T","data":{"a":[1,}})",
          R"({"stream":"s","type":"T","position":"x"})",
          R"({"stream":"s","type":"T","version":-1})",
          R"({"stream":"s","type":"T","time":1})",
          R"({"stream":"s","type":"T"} x)",
          R"({"stream":"s","type":"T"}{"stream":"s","type":"T"})",
          R"({"stream":"s","type":"T")",
          "{\"stream\":\"\xff\",\"type\":\"T\"}"}) {
      CAPTURE(line);
      const auto answer = parsed(line);
      REQUIRE_FALSE(answer.has_value());
      CHECK(answer.error().code() == Errc::invalid_argument);
    }
  }

  TEST_CASE("event_line: no truncation of a line passes for a line") {
    const std::string whole = line_of(event_with(R"({"a":[1,{"b":"c"}]})", "binary\n"));
    for (std::size_t length = 0; length + 2 < whole.size(); ++length) {
      CAPTURE(length);
      CHECK_FALSE(parsed(std::string_view(whole).substr(0, length)).has_value());
    }
  }
}

}  // namespace
}  // namespace esker::tools
