#include "server/grpc/read_call.hpp"

#include <doctest/doctest.h>

#include "server/grpc/kurrent_client.hpp"

namespace esker::server::test {
namespace {

using Names = std::vector<std::string>;
using streams::ReadReq;

ReadReq backwards(ReadReq request) {
  request.mutable_options()->set_read_direction(streams::ReadReq_ReadDirection_Backwards);
  return request;
}

ReadReq from_end(ReadReq request) {
  if (request.options().has_all()) {
    request.mutable_options()->mutable_all()->mutable_end();
  } else {
    request.mutable_options()->mutable_stream()->mutable_end();
  }
  return request;
}

ReadReq from(ReadReq request, std::uint64_t number) {
  if (request.options().has_all()) {
    auto& position = *request.mutable_options()->mutable_all()->mutable_position();
    position.set_commit_position(number);
    position.set_prepare_position(number);
  } else {
    request.mutable_options()->mutable_stream()->set_revision(number);
  }
  return request;
}

ReadReq resolved(ReadReq request) {
  request.mutable_options()->set_resolve_links(true);
  return request;
}

ReadReq telling_ends(ReadReq request) {
  request.mutable_options()->mutable_control_option()->set_compatibility(1);
  return request;
}

ReadReq of_types(ReadReq request, const std::string& regex) {
  request.mutable_options()->mutable_filter()->mutable_event_type()->set_regex(regex);
  return request;
}

TEST_SUITE("server") {
  TEST_CASE("read call: a stream is read from a revision on, in both directions") {
    ServedGrpc served;
    append(served, "a-1", 5);
    const ReadReq all = read_stream("a-1");
    CHECK(read(served, all).events() == Names{"a-1@0", "a-1@1", "a-1@2", "a-1@3", "a-1@4"});
    CHECK(read(served, from(read_stream("a-1", 2), 1)).events() == Names{"a-1@1", "a-1@2"});
    CHECK(read(served, from(all, 4)).events() == Names{"a-1@4"});
    CHECK(read(served, from(all, 5)).events().empty());
    CHECK(read(served, from(all, UINT64_MAX - 1)).events().empty());
    CHECK(read(served, from_end(all)).events().empty());
    CHECK(read(served, read_stream("a-1", 0)).events().empty());

    CHECK(read(served, backwards(from_end(read_stream("a-1", 2)))).events() ==
          Names{"a-1@4", "a-1@3"});
    CHECK(read(served, backwards(from(all, 1))).events() == Names{"a-1@1", "a-1@0"});
    CHECK(read(served, backwards(from(read_stream("a-1", 1), 99))).events() == Names{"a-1@4"});
    CHECK(read(served, backwards(all)).events() == Names{"a-1@0"});
  }

  TEST_CASE("read call: all events are read from a position on, which is left out backwards") {
    ServedGrpc served;
    append(served, "a-1", 2);
    append(served, "b-1", 2);
    const ReadReq all = read_all();
    CHECK(read(served, all).events() == Names{"a-1@0", "a-1@1", "b-1@0", "b-1@1"});
    CHECK(read(served, from(all, 0)).events().size() == 4);
    CHECK(read(served, from(all, 3)).events() == Names{"b-1@0", "b-1@1"});
    CHECK(read(served, from(all, 5)).events().empty());
    CHECK(read(served, from(all, 99)).events().empty());
    CHECK(read(served, from_end(all)).events().empty());
    CHECK(read(served, backwards(from_end(read_all(2)))).events() == Names{"b-1@1", "b-1@0"});
    CHECK(read(served, backwards(from(all, UINT64_MAX))).events().size() == 4);
    CHECK(read(served, backwards(from(all, 3))).events() == Names{"a-1@1", "a-1@0"});
    CHECK(read(served, backwards(from(all, 1))).events().empty());
    CHECK(read(served, backwards(from(all, 0))).events().empty());
    CHECK(read(served, backwards(all)).events().empty());
  }

  TEST_CASE("read call: an event is told of as it was appended") {
    ServedGrpc served;
    const Uuid id = Uuid::random();
    append(served, "a-1");
    append(served, options_of("a-1"),
           {proposed(id, "Placed", "\x01\x02", "application/octet-stream", "meta")});
    append(served, options_of("a-1"), {proposed(Uuid::random(), "text", "plain", "text/plain")});
    const auto outcome = read(served, from(read_stream("a-1"), 1));
    REQUIRE(outcome.messages.size() == 2);
    const auto& told = outcome.messages[0].event();
    CHECK(told.commit_position() == 2);
    CHECK(!told.has_link());
    CHECK(told.event().id().string() == id.to_string());
    CHECK(told.event().stream_revision() == 1);
    CHECK(told.event().commit_position() == 2);
    CHECK(told.event().prepare_position() == 2);
    CHECK(told.event().data() == "\x01\x02");
    CHECK(told.event().custom_metadata() == "meta");
    CHECK(told.event().metadata().at("type") == "Placed");
    CHECK(told.event().metadata().at("content-type") == "application/octet-stream");
    Cursor cursor = must(served.store().read({Selector::id(id)}));
    const std::uint64_t nanoseconds = must(cursor.next())->time.value();
    CHECK(told.event().metadata().at("created") == std::to_string(nanoseconds / 100));
    CHECK(outcome.messages[1].event().event().metadata().at("content-type") == "text/plain");
  }

  TEST_CASE("read call: a missing or deleted stream is told of, an ended one is an error") {
    ServedGrpc served;
    const auto missing = [&](const std::string& stream) {
      const auto outcome = read(served, telling_ends(read_stream(stream)));
      return outcome.ended.status.ok() && outcome.messages.size() == 1 &&
             outcome.messages[0].stream_not_found().stream_identifier().stream_name() == stream;
    };
    CHECK(missing("a-1"));
    append(served, "a-1");
    CHECK(!missing("a-1"));
    REQUIRE(served.store().delete_stream("a-1").has_value());
    CHECK(missing("a-1"));
    CHECK(missing("$ce-nothing"));
    REQUIRE(served.store().tombstone_stream("a-1").has_value());
    for (const std::string stream : {"a-1", "$$a-1"}) {
      const auto ended = read(served, read_stream(stream)).ended;
      CHECK(ended.status.error_code() == ::grpc::FAILED_PRECONDITION);
      CHECK(ended.status.error_message() == "Event stream '" + stream + "' is deleted.");
      CHECK(ended.trailer("exception") == "stream-deleted");
      CHECK(ended.trailer("stream-name") == stream);
    }
    const auto all = read(served, read_all());
    REQUIRE(!all.messages.empty());
    const auto& last = all.messages.back().event().event();
    CHECK(last.metadata().at("type") == "$streamDeleted");
    CHECK(last.stream_revision() == INT64_MAX);
  }

  TEST_CASE("read call: who asks for it is told of a stream's ends") {
    ServedGrpc served;
    append(served, "a-1", 50);
    const auto whole = read(served, telling_ends(read_stream("a-1")));
    REQUIRE(whole.messages.size() == 51);
    CHECK(whole.messages.back().last_stream_position() == 49);
    StreamMetadata metadata;
    metadata.truncate_before = Version(41);
    REQUIRE(served.store().set_stream_metadata("a-1", metadata).has_value());
    const auto truncated = read(served, telling_ends(read_stream("a-1")));
    REQUIRE(truncated.messages.size() == 12);
    CHECK(truncated.messages.front().first_stream_position() == 40);
    CHECK(truncated.messages[1].event().event().stream_revision() == 40);
    CHECK(read(served, telling_ends(from(read_stream("a-1"), 39))).messages.front().has_event());
    const auto back = read(served, backwards(from_end(telling_ends(read_stream("a-1", 1)))));
    REQUIRE(back.messages.size() == 2);
    CHECK(back.messages.back().last_stream_position() == 49);
    CHECK(read(served, read_stream("a-1")).messages.size() == 10);
  }

  TEST_CASE("read call: filters select by stream or type, and count what they select") {
    ServedGrpc served;
    append(served, "a-1", 2, "x");
    append(served, "b-1", 2, "y");
    append(served, "$c", 1, "z");
    CHECK(read(served, of_types(read_all(), "^[^z]$")).events().size() == 4);
    CHECK(read(served, of_types(read_all(1), "y")).events() == Names{"b-1@0"});
    ReadReq prefixes = read_all();
    auto& expression = *prefixes.mutable_options()->mutable_filter()->mutable_stream_identifier();
    expression.add_prefix("b-");
    expression.add_prefix("$");
    CHECK(read(served, prefixes).events() == Names{"b-1@0", "b-1@1", "$c@0"});
    CHECK(read(served, backwards(from_end(prefixes))).events() == Names{"$c@0", "b-1@1", "b-1@0"});
    CHECK(read(served, of_types(read_all(), "^(?!(x$|z$))")).events() == Names{"b-1@0", "b-1@1"});
    const auto explodes = read(served, of_types(read_all(), "(x+x+)+y$"));
    CHECK(explodes.ended.status.ok());  // names are short
    append(served, "d-1", 1, std::string(300, 'x'));
    const auto bounded = read(served, of_types(read_all(), "^(x+x+)+$|^((x+)+)+y$"));
    CHECK(bounded.events().size() == 1);
    const auto stopped = read(served, of_types(read_all(), "^((x|x|xx)+)+$(?<!x)"));
    CHECK(stopped.ended.status.error_code() == ::grpc::INVALID_ARGUMENT);
    CHECK(stopped.ended.status.error_message().find("takes too long") != std::string::npos);
  }

  TEST_CASE("read call: system projections are read from the index, as links or resolved") {
    ServedGrpc served;
    append(served, "order-1", 1, "placed");
    append(served, "bill-1", 1, "sent");
    append(served, options_of("order-2"),
           {proposed(Uuid::random(), "placed", "{}", "application/json",
                     R"({"$correlationId":"c-7"})")});
    const ReadReq category = read_stream("$ce-order");
    CHECK(read(served, category).events() == Names{"$ce-order@0", "$ce-order@2"});
    CHECK(read(served, resolved(category)).events() ==
          Names{"$ce-order@0>order-1@0", "$ce-order@2>order-2@0"});
    CHECK(read(served, resolved(from(category, 1))).events() == Names{"$ce-order@2>order-2@0"});
    CHECK(read(served, resolved(backwards(from_end(read_stream("$ce-order", 1))))).events() ==
          Names{"$ce-order@2>order-2@0"});
    CHECK(read(served, resolved(read_stream("$et-placed"))).events().size() == 2);
    CHECK(read(served, resolved(read_stream("$bc-c-7"))).events() == Names{"$bc-c-7@2>order-2@0"});
    CHECK(read(served, resolved(read_stream("$streams"))).events().size() == 3);
    const auto link = read(served, category).messages.front().event();
    CHECK(link.commit_position() == 1);
    CHECK(link.event().data() == "0@order-1");
    CHECK(link.event().metadata().at("type") == "$>");
    CHECK(served.store().info().head == Position(3));
  }

  TEST_CASE("read call: links that somebody has written are resolved as far as they can be") {
    ServedGrpc served;
    append(served, "a-1", 2);
    append(served, options_of("links"),
           {proposed(Uuid::random(), "$>", "1@a-1"), proposed(Uuid::random(), "$>", "7@a-1"),
            proposed(Uuid::random(), "$>", "nonsense"), proposed(Uuid::random(), "$>", "0@b\nc")});
    CHECK(read(served, read_stream("links")).events().front() == "links@0");
    CHECK(read(served, resolved(read_stream("links"))).events() ==
          Names{"links@0>a-1@1", "links@1>", "links@2>", "links@3>"});
  }

  TEST_CASE("read call: requests that make no sense are refused in one line") {
    ServedGrpc served;
    append(served, "a-1");
    std::vector<ReadReq> senseless{ReadReq(), read_stream(""), of_types(read_all(), "("),
                                   of_types(read_stream("a-1"), "x")};
    senseless.push_back(read_all());
    senseless.back().mutable_options()->clear_count();
    senseless.push_back(backwards(read_all()));
    senseless.back().mutable_options()->mutable_subscription();
    senseless.push_back(read_all());
    senseless.back().mutable_options()->mutable_filter();
    senseless.push_back(read_all());
    senseless.back().mutable_options()->mutable_filter()->mutable_event_type();
    senseless.push_back(of_types(read_all(), "x"));
    senseless.back().mutable_options()->mutable_subscription();  // without a checkpoint interval
    for (const ReadReq& request : senseless) {
      CAPTURE(request.SerializeAsString());
      const ::grpc::Status status = read(served, request).ended.status;
      CHECK(status.error_code() == ::grpc::INVALID_ARGUMENT);
      CHECK(!status.error_message().empty());
      CHECK(status.error_message().find('\n') == std::string::npos);
    }
  }
}

}  // namespace
}  // namespace esker::server::test
