#include "server/grpc/links.hpp"

#include <doctest/doctest.h>

#include "server/grpc/numbers.hpp"

namespace esker::server::kurrent {
namespace {

TEST_SUITE("server") {
  TEST_CASE("links: numbers come back from the other side as they were") {
    CHECK(version_of(0) == Version(1));
    CHECK(revision_of(version_of(41)) == 41);
    CHECK(version_of(kEndNumber) == Version(kEndNumber - 1));
    CHECK(target_of(link_revision_of(Position(7))) == Position(7));
    CHECK(target_of(kEndNumber) == Position(kEndNumber - 1));
    CHECK(ticks_of(Timestamp(1'234'567'890)) == 12'345'678);
  }

  TEST_CASE("links: what one says is read as it was written, up to the first @") {
    EventView event{};
    event.version = Version(3);
    event.stream = "a@b-1";
    const std::string text = link_text(event);
    CHECK(text == "2@a@b-1");
    CHECK(parse_link(as_bytes(text)) == LinkTarget{Version(3), "a@b-1"});
    for (const std::string_view none :
         {"", "@a", "1", "1@", "x@a", "-1@a", "1 @a", "99999999999999999999@a"}) {
      CAPTURE(none);
      CHECK(!parse_link(as_bytes(none)));
    }
  }

  TEST_CASE("links: a link's id is always the same, and another in each stream") {
    const Uuid target = Uuid::random();
    CHECK(link_id("$ce-a", target) == link_id("$ce-a", target));
    CHECK(link_id("$ce-a", target) != link_id("$et-a", target));
    CHECK(link_id("$ce-a", target) != target);
  }

  TEST_CASE("links: projections are told by name, and are queries") {
    for (const std::string_view name : {"$ce-a", "$et-b", "$bc-c", "$streams"}) {
      CHECK(is_projection(name));
    }
    for (const std::string_view name : {"ce-a", "$ce-", "$ce", "$all", "$$ce-a", "$streams-1"}) {
      CHECK(!is_projection(name));
    }
    CHECK(projection_query("$ce-a").selector == Selector::category("a"));
    CHECK(projection_query("$et-b").items == std::vector<QueryItem>{{{"b"}, {}}});
    CHECK(projection_query("$bc-c").items == std::vector<QueryItem>{{{}, {correlation_tag("c")}}});
    CHECK(projection_query("$streams").first_of_stream);
  }

  TEST_CASE("links: a correlation id is found in metadata that are JSON") {
    const auto found = [](std::string_view json) {
      return correlation_id_in(as_bytes(json)).value_or("none");
    };
    CHECK(found(R"({"a":1,"$correlationId":"c-1"})") == "c-1");
    for (const std::string_view none :
         {"", "{}", R"({"$correlationId":7})", R"({"$correlationId":""})",
          R"({"x":{"$correlationId":"c"}})", R"("$correlationId")", R"({"$correlationId":"c")",
          R"({"$correlationId":"a\nb"})"}) {
      CAPTURE(none);
      CHECK(found(none) == "none");
    }
    CHECK(found(R"({"$correlationId":")" + std::string(300, 'c') + "\"}") == "none");
  }
}

}  // namespace
}  // namespace esker::server::kurrent
