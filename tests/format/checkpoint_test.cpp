#include "esker/checkpoint.hpp"

#include <doctest/doctest.h>

using namespace esker;

TEST_SUITE("format") {
  TEST_CASE("checkpoint: what is kept is read again") {
    SystemAppend append = checkpoint_append("mailer", Position(UINT64_MAX));
    const StreamAppend view = append.append(Expected::exactly(Version(4)));
    CHECK(view.stream == "$checkpoint-mailer");
    CHECK(view.expected.version == Version(4));
    REQUIRE(view.events.size() == 1);
    CHECK(view.events[0].type == kCheckpointType);
    const Result<Position> position = parse_checkpoint(as_text(view.events[0].data));
    REQUIRE(position.has_value());
    CHECK(position.assume_value() == Position(UINT64_MAX));
  }

  TEST_CASE("checkpoint: one that says no position is an error") {
    for (const std::string_view json :
         {"", "7", "{}", R"({"position":"7"})", R"({"position":-7})", R"({"positions":7})"}) {
      const Result<Position> position = parse_checkpoint(json);
      REQUIRE_MESSAGE(!position.has_value(), json);
      CHECK(position.assume_error().code() == Errc::invalid_argument);
    }
  }
}
