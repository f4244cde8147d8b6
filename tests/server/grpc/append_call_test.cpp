#include "server/grpc/append_call.hpp"

#include <doctest/doctest.h>

#include <thread>

#include "server/grpc/kurrent_client.hpp"

namespace esker::server::test {
namespace {

using streams::AppendReq;

constexpr std::uint64_t kNoStreamAsRevision = UINT64_MAX;

std::string exception_of(const AppendOutcomeOf& outcome) {
  return outcome.ended.trailer("exception");
}

TEST_SUITE("server") {
  TEST_CASE("append call: events are appended together, and the answer says where") {
    ServedGrpc served;
    auto options = options_of("order-1");
    options.mutable_no_stream();
    const auto first = append(served, options, {proposed(), proposed()});
    CHECK(first.ended.status.ok());
    CHECK(first.answer.success().current_revision() == 1);
    CHECK(first.answer.success().position().commit_position() == 2);
    CHECK(first.answer.success().position().prepare_position() == 2);
    const auto second = append(served, options_of("order-1", 1), {proposed()});
    CHECK(second.answer.success().current_revision() == 2);
    CHECK(must(served.store().current_version("order-1")) == Version(3));
  }

  TEST_CASE("append call: what was said of an event is there, for every reader") {
    ServedGrpc served;
    const Uuid id = Uuid::random();
    append(served, options_of("order-1"),
           {proposed(id, "Placed", R"({"n":1})", "application/json", R"({"who":"me"})")});
    Cursor cursor = must(served.store().read({Selector::stream("order-1")}));
    const std::optional<EventView> event = must(cursor.next());
    REQUIRE(event.has_value());
    CHECK(event->id == id);
    CHECK(event->type == "Placed");
    CHECK(as_text(event->data) == R"({"n":1})");
    CHECK(as_text(event->metadata) == R"({"who":"me"})");
    CHECK(event->tags.empty());
  }

  TEST_CASE("append call: a stream that is not as expected is told of, for old and new clients") {
    ServedGrpc served;
    append(served, "order-1", 3);
    auto no_stream = options_of("order-1");
    no_stream.mutable_no_stream();
    const auto refused = append(served, no_stream, {proposed()});
    CHECK(refused.ended.status.ok());
    const auto& wrong = refused.answer.wrong_expected_version();
    CHECK(wrong.current_revision() == 2);
    CHECK(wrong.current_revision_20_6_0() == 2);
    CHECK(wrong.has_expected_no_stream());
    CHECK(wrong.expected_revision_20_6_0() == kNoStreamAsRevision);

    const auto ahead = append(served, options_of("order-1", 7), {proposed()});
    CHECK(ahead.answer.wrong_expected_version().expected_revision() == 7);
    CHECK(ahead.answer.wrong_expected_version().current_revision() == 2);

    auto exists = options_of("order-2");
    exists.mutable_stream_exists();
    const auto missing = append(served, exists, {proposed()});
    CHECK(missing.answer.wrong_expected_version().has_current_no_stream());
    CHECK(missing.answer.wrong_expected_version().has_expected_stream_exists());
    CHECK(append(served, options_of("order-2", UINT64_MAX - 1), {proposed()})
              .answer.has_wrong_expected_version());
    CHECK(append(served, options_of("order-2", kNoStreamAsRevision), {proposed()})
              .answer.has_success());
  }

  TEST_CASE("append call: the same ids are appended once, and a part of them not at all") {
    ServedGrpc served;
    const std::vector events{proposed(), proposed()};
    const auto first = append(served, options_of("order-1"), events);
    append(served, "order-1");
    const auto again = append(served, options_of("order-1", 17), events);
    CHECK(again.answer.success().current_revision() == 1);
    CHECK(again.answer.success().position().commit_position() ==
          first.answer.success().position().commit_position());
    const auto part = append(served, options_of("order-1"), {events.front(), proposed()});
    CHECK(part.answer.wrong_expected_version().current_revision() == 2);
    CHECK(must(served.store().current_version("order-1")) == Version(3));
  }

  TEST_CASE("append call: without events the stream is looked at and nothing is written") {
    ServedGrpc served;
    append(served, "order-1", 2);
    const auto there = append(served, options_of("order-1", 1), {});
    CHECK(there.answer.success().current_revision() == 1);
    CHECK(there.answer.success().has_no_position());
    CHECK(append(served, options_of("order-1", 0), {}).answer.has_wrong_expected_version());
    CHECK(append(served, options_of("order-2"), {}).answer.success().has_no_stream());
    auto exists = options_of("order-2");
    exists.mutable_stream_exists();
    CHECK(append(served, exists, {}).answer.has_wrong_expected_version());
    CHECK(served.store().info().head == Position(2));
  }

  TEST_CASE("append call: what cannot be appended is refused with its status and trailers") {
    ServedGrpc served;
    streams::ProposedMessage typeless = proposed();
    typeless.mutable_metadata()->erase("type");
    const auto no_type = append(served, options_of("order-1"), {typeless});
    CHECK(no_type.ended.status.error_code() == ::grpc::INVALID_ARGUMENT);
    CHECK(exception_of(no_type) == "missing-required-metadata-property");
    CHECK(no_type.ended.trailer("required-metadata-properties") == "type,content-type");
    streams::ProposedMessage untold = proposed();
    untold.mutable_metadata()->erase("content-type");
    CHECK(exception_of(append(served, options_of("order-1"), {untold})) ==
          "missing-required-metadata-property");

    const auto large = append(served, options_of("order-1"),
                              {proposed(Uuid::random(), "large", std::string(300 << 10, 'x'))});
    CHECK(large.ended.status.error_code() == ::grpc::INVALID_ARGUMENT);
    CHECK(exception_of(large) == "maximum-append-size-exceeded");
    CHECK(large.ended.trailer("maximum-append-size") == std::to_string(512 << 10));
    const std::vector many(8, proposed(Uuid::random(), "large", std::string(100 << 10, 'x')));
    CHECK(exception_of(append(served, options_of("order-1"), many)) ==
          "maximum-append-size-exceeded");

    const auto denied = append(served, options_of("$all"), {proposed()});
    CHECK(denied.ended.status.error_code() == ::grpc::PERMISSION_DENIED);
    CHECK(exception_of(denied) == "access-denied");
    CHECK(exception_of(append(served, options_of("$ce-order"), {proposed()})) == "access-denied");

    const auto invalid = [&](const std::string& stream, const streams::ProposedMessage& event) {
      return append(served, options_of(stream), {event}).ended.status.error_code() ==
             ::grpc::INVALID_ARGUMENT;
    };
    CHECK(invalid("", proposed()));
    CHECK(invalid("$$", proposed()));
    CHECK(invalid("a\nb", proposed()));
    CHECK(invalid("order-1", proposed(Uuid())));
    CHECK(invalid("order-1", streams::ProposedMessage()));
    CHECK(invalid("order-1", proposed(Uuid::random(), "$tombstone")));
    CHECK(served.store().info().head == Position());
  }

  TEST_CASE("append call: messages in another order are refused") {
    ServedGrpc served;
    const auto call = [&](const std::vector<AppendReq>& requests) {
      ::grpc::ClientContext context;
      streams::AppendResp answer;
      auto writer = served.stub().Append(&context, &answer);
      for (const AppendReq& request : requests) writer->Write(request);
      writer->WritesDone();
      return writer->Finish().error_code();
    };
    AppendReq options;
    *options.mutable_options() = options_of("order-1");
    AppendReq event;
    *event.mutable_proposed_message() = proposed();
    CHECK(call({}) == ::grpc::INVALID_ARGUMENT);
    CHECK(call({AppendReq()}) == ::grpc::INVALID_ARGUMENT);
    CHECK(call({event}) == ::grpc::INVALID_ARGUMENT);
    CHECK(call({options, options}) == ::grpc::INVALID_ARGUMENT);
    CHECK(call({options, event, AppendReq()}) == ::grpc::INVALID_ARGUMENT);
    CHECK(served.store().info().head == Position());
  }

  TEST_CASE("append call: a client that goes away before it is done leaves nothing") {
    ServedGrpc served;
    for (int round = 0; round < 200; ++round) {
      ::grpc::ClientContext context;
      streams::AppendResp answer;
      auto writer = served.stub().Append(&context, &answer);
      AppendReq request;
      *request.mutable_options() = options_of("order-1");
      writer->Write(request);
      *request.mutable_proposed_message() = proposed();
      writer->Write(request);
      if (round % 2 == 0) std::this_thread::yield();
      context.TryCancel();
      CHECK(writer->Finish().error_code() == ::grpc::CANCELLED);
    }
    append(served, "order-2");  // behind all of them
    CHECK(must(served.store().current_version("order-1")) == Version());
    CHECK(served.store().info().head == Position(1));
  }

  TEST_CASE("append call: metadata that are set leave a deletion as it is") {
    ServedGrpc served;
    append(served, "order-1", 3);
    REQUIRE(served.store().delete_stream("order-1").has_value());
    const auto metadata = proposed(Uuid::random(), "$metadata", R"({"$maxCount":10})");
    CHECK(append(served, options_of("$$order-1"), {metadata}).answer.has_success());
    CHECK(append(served, "order-1") == 3);
    CHECK(read(served, read_stream("order-1")).events() == std::vector<std::string>{"order-1@3"});
    const auto told = read(served, read_stream("$$order-1"));
    REQUIRE(told.messages.size() == 1);
    CHECK(told.messages.front().event().event().data() == R"({"$maxCount":10,"$tb":3})");
    const auto senseless = proposed(Uuid::random(), "$metadata", "nothing");
    CHECK(append(served, options_of("$$order-1"), {senseless}).ended.status.error_code() ==
          ::grpc::INVALID_ARGUMENT);
  }
}

}  // namespace
}  // namespace esker::server::test
