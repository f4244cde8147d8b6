#include "server/grpc/delete_call.hpp"

#include <doctest/doctest.h>

#include "server/grpc/kurrent_client.hpp"

namespace esker::server::test {
namespace {

using streams::StreamExpectation;

enum class How { deleted, tombstoned };

struct Outcome {
  Ended ended;
  std::uint64_t position = 0;
};

Outcome remove(ServedGrpc& served, How how, const StreamExpectation& options) {
  Outcome outcome;
  ::grpc::ClientContext context;
  if (how == How::deleted) {
    streams::DeleteReq request;
    *request.mutable_options() = options;
    streams::DeleteResp answer;
    outcome.ended.status = served.stub().Delete(&context, request, &answer);
    outcome.position = answer.position().commit_position();
  } else {
    streams::TombstoneReq request;
    *request.mutable_options() = options;
    streams::TombstoneResp answer;
    outcome.ended.status = served.stub().Tombstone(&context, request, &answer);
    outcome.position = answer.position().commit_position();
  }
  for (const auto& [name, value] : context.GetServerTrailingMetadata()) {
    outcome.ended.trailers.emplace_back(std::string(name.data(), name.size()),
                                        std::string(value.data(), value.size()));
  }
  return outcome;
}

StreamExpectation existing(const std::string& stream) {
  StreamExpectation options = options_of(stream);
  options.mutable_stream_exists();
  return options;
}

StreamExpectation absent(const std::string& stream) {
  StreamExpectation options = options_of(stream);
  options.mutable_no_stream();
  return options;
}

TEST_SUITE("server") {
  TEST_CASE("delete call: a deleted stream is absent, keeps its metadata and goes on counting") {
    ServedGrpc served;
    append(served, "a-1", 2);
    StreamMetadata metadata;
    metadata.max_count = 7;
    REQUIRE(served.store().set_stream_metadata("a-1", metadata).has_value());
    const Outcome outcome = remove(served, How::deleted, options_of("a-1", 1));
    CHECK(outcome.ended.status.ok());
    CHECK(outcome.position == 4);
    CHECK(read(served, read_stream("a-1")).messages.front().has_stream_not_found());
    const auto told = read(served, read_stream("$$a-1"));
    CHECK(told.messages.front().event().event().data() ==
          R"({"$maxCount":7,"$tb":9223372036854775807})");
    CHECK(remove(served, How::deleted, options_of("a-1")).ended.status.ok());
    CHECK(remove(served, How::deleted, absent("a-1")).ended.status.ok());
    CHECK(append(served, "a-1") == 2);
    CHECK(read(served, read_stream("$$a-1")).messages.front().event().event().data() ==
          R"({"$maxCount":7,"$tb":2})");
  }

  TEST_CASE("delete call: a stream that is not as expected stays") {
    ServedGrpc served;
    append(served, "a-1", 3);
    for (const How how : {How::deleted, How::tombstoned}) {
      const Ended wrong = remove(served, how, options_of("a-1", 1)).ended;
      CHECK(wrong.status.error_code() == ::grpc::FAILED_PRECONDITION);
      CHECK(wrong.status.error_message() ==
            "Delete failed due to WrongExpectedVersion. Stream: a-1, Expected version: 1, Actual "
            "version: 2");
      CHECK(wrong.trailer("exception") == "wrong-expected-version");
      CHECK(wrong.trailer("stream-name") == "a-1");
      CHECK(wrong.trailer("expected-version") == "1");
      CHECK(wrong.trailer("actual-version") == "2");
      CHECK(remove(served, how, absent("a-1")).ended.trailer("expected-version") == "-1");
      const Ended missing = remove(served, how, existing("b-1")).ended;
      CHECK(missing.trailer("expected-version") == "-4");
      CHECK(missing.trailer("actual-version") == "-1");
    }
    const Ended never = remove(served, How::deleted, options_of("b-1")).ended;
    CHECK(never.trailer("exception") == "wrong-expected-version");
    CHECK(never.trailer("actual-version") == "-1");
    CHECK(served.store().info().head == Position(3));
  }

  TEST_CASE("delete call: a tombstone ends a stream, also one that never was") {
    ServedGrpc served;
    append(served, "a-1");
    CHECK(remove(served, How::tombstoned, options_of("a-1", 0)).position == 2);
    CHECK(remove(served, How::tombstoned, absent("b-1")).position == 3);
    for (const std::string stream : {"a-1", "b-1"}) {
      for (const How how : {How::deleted, How::tombstoned}) {
        const Ended again = remove(served, how, options_of(stream)).ended;
        CHECK(again.trailer("exception") == "stream-deleted");
        CHECK(again.trailer("stream-name") == stream);
      }
      const auto refused = append(served, options_of(stream), {proposed()});
      CHECK(refused.ended.trailer("exception") == "stream-deleted");
      CHECK(append(served, options_of(stream), {}).ended.trailer("exception") == "stream-deleted");
    }
  }

  TEST_CASE("delete call: who expects a deleted stream to exist is told that it is deleted") {
    ServedGrpc served;
    append(served, "a-1");
    REQUIRE(remove(served, How::deleted, existing("a-1")).ended.status.ok());
    CHECK(remove(served, How::deleted, existing("a-1")).ended.trailer("exception") ==
          "stream-deleted");
    CHECK(remove(served, How::tombstoned, existing("a-1")).ended.trailer("exception") ==
          "stream-deleted");
    CHECK(append(served, existing("a-1"), {proposed()}).ended.trailer("exception") ==
          "stream-deleted");
  }

  TEST_CASE("delete call: what is nobody's to delete is refused") {
    ServedGrpc served;
    for (const std::string stream : {"$all", "$$a-1", "$ce-a", "$streams"}) {
      CHECK(remove(served, How::deleted, options_of(stream)).ended.trailer("exception") ==
            "access-denied");
      CHECK(remove(served, How::tombstoned, options_of(stream)).ended.status.error_code() ==
            ::grpc::PERMISSION_DENIED);
    }
    CHECK(remove(served, How::deleted, options_of("")).ended.status.error_code() ==
          ::grpc::INVALID_ARGUMENT);
  }

  TEST_CASE("delete call: names in trailers are what a trailer can carry") {
    ServedGrpc served;
    append(served, "größe-1");
    REQUIRE(remove(served, How::tombstoned, options_of("größe-1")).ended.status.ok());
    const Ended ended = remove(served, How::deleted, options_of("größe-1")).ended;
    CHECK(ended.trailer("stream-name") == "gre-1");
    CHECK(ended.status.error_message() == "Event stream 'größe-1' is deleted.");
  }
}

}  // namespace
}  // namespace esker::server::test
