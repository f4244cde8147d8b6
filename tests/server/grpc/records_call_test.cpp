#include "server/grpc/records_call.hpp"

#include <doctest/doctest.h>

#include "record_errors.pb.h"
#include "records.grpc.pb.h"
#include "rpc_status.pb.h"
#include "server/grpc/kurrent_client.hpp"

namespace esker::server::test {
namespace {

namespace records = kurrentdb::protocol::v2::streams;
namespace errors = kurrentdb::protocol::v2::streams::errors;

records::AppendRecord record_of(const std::string& stream = {},
                                records::SchemaFormat format = records::SCHEMA_FORMAT_JSON) {
  records::AppendRecord record;
  record.set_stream(stream);
  record.mutable_schema()->set_name("happened");
  record.mutable_schema()->set_format(format);
  record.set_data("{}");
  return record;
}

records::AppendRequest request_of(const std::string& stream, std::size_t count = 1) {
  records::AppendRequest request;
  request.set_stream(stream);
  for (std::size_t i = 0; i < count; ++i) *request.add_records() = record_of();
  return request;
}

struct SessionOutcome {
  ::grpc::Status status;
  records::AppendSessionResponse answer;
};

SessionOutcome session(ServedGrpc& served, const std::vector<records::AppendRequest>& requests) {
  SessionOutcome outcome;
  const auto stub = records::StreamsService::NewStub(served.channel());
  ::grpc::ClientContext context;
  auto writer = stub->AppendSession(&context, &outcome.answer);
  for (const records::AppendRequest& request : requests) writer->Write(request);
  writer->WritesDone();
  outcome.status = writer->Finish();
  return outcome;
}

struct RecordsOutcome {
  ::grpc::Status status;
  records::AppendRecordsResponse answer;
};

RecordsOutcome append_records(ServedGrpc& served, const records::AppendRecordsRequest& request) {
  RecordsOutcome outcome;
  const auto stub = records::StreamsService::NewStub(served.channel());
  ::grpc::ClientContext context;
  outcome.status = stub->AppendRecords(&context, request, &outcome.answer);
  return outcome;
}

void check(records::AppendRecordsRequest& request, const std::string& stream,
           std::int64_t expected) {
  auto& state = *request.add_checks()->mutable_stream_state();
  state.set_stream(stream);
  state.set_expected_state(expected);
}

/// The reason that the details give, and the last detail.
struct Detailed {
  std::string reason;
  std::string domain;
  google::protobuf::Any last;
};

Detailed details_of(const ::grpc::Status& status) {
  google::rpc::Status rich;
  REQUIRE(rich.ParseFromString(status.error_details()));
  REQUIRE(rich.details_size() > 0);
  CHECK(rich.code() == status.error_code());
  google::rpc::ErrorInfo info;
  REQUIRE(info.ParseFromString(rich.details(0).value()));
  return {info.reason(), info.domain(), rich.details(rich.details_size() - 1)};
}

TEST_SUITE("server") {
  TEST_CASE("records: a session appends to several streams at once") {
    ServedGrpc served;
    append(served, "a-1", 2);
    records::AppendRequest first = request_of("a-1", 2);
    first.set_expected_revision(1);
    records::AppendRequest second = request_of("b-1");
    second.set_expected_revision(-1);
    const SessionOutcome outcome = session(served, {first, second});
    REQUIRE_MESSAGE(outcome.status.ok(), outcome.status.error_message());
    REQUIRE(outcome.answer.output_size() == 2);
    CHECK(outcome.answer.output(0).stream() == "a-1");
    CHECK(outcome.answer.output(0).stream_revision() == 3);
    CHECK(outcome.answer.output(1).stream_revision() == 0);
    CHECK(outcome.answer.position() == 5);
  }

  TEST_CASE("records: the first stream that is not as expected is told of, and nothing written") {
    ServedGrpc served;
    append(served, "a-1", 2);
    records::AppendRequest wrong = request_of("a-1");
    wrong.set_expected_revision(5);
    const Detailed conflict = details_of(session(served, {request_of("b-1"), wrong}).status);
    CHECK(conflict.reason == "STREAM_REVISION_CONFLICT");
    CHECK(conflict.domain == "streams");
    errors::StreamRevisionConflictErrorDetails details;
    CHECK(conflict.last.type_url() ==
          "type.googleapis.com/kurrentdb.protocol.v2.streams.errors."
          "StreamRevisionConflictErrorDetails");
    REQUIRE(details.ParseFromString(conflict.last.value()));
    CHECK(details.stream() == "a-1");
    CHECK(details.expected_revision() == 5);
    CHECK(details.actual_revision() == 1);
    REQUIRE(served.store().tombstone_stream("ended").has_value());
    const ::grpc::Status ended = session(served, {request_of("ended")}).status;
    CHECK(ended.error_code() == ::grpc::FAILED_PRECONDITION);
    CHECK(details_of(ended).reason == "STREAM_TOMBSTONED");
    CHECK(must(served.store().current_version("b-1")) == Version());
  }

  TEST_CASE("records: sessions that make no sense are refused") {
    ServedGrpc served;
    CHECK(details_of(session(served, {}).status).reason == "APPEND_SESSION_NO_REQUESTS");
    const ::grpc::Status twice = session(served, {request_of("a-1"), request_of("A-1")}).status;
    CHECK(twice.error_code() == ::grpc::ABORTED);
    CHECK(details_of(twice).reason == "STREAM_ALREADY_IN_APPEND_SESSION");
    std::vector<records::AppendRequest> bad{request_of(""), request_of("a-1", 0),
                                            request_of("$$a-1")};
    const auto broken = [&](auto change) {
      bad.push_back(request_of("a-1"));
      change(*bad.back().mutable_records(0));
    };
    broken([](records::AppendRecord& record) { record.mutable_schema()->set_name("a b"); });
    broken([](records::AppendRecord& record) { record.mutable_schema()->clear_name(); });
    broken([](records::AppendRecord& record) { record.mutable_schema()->clear_format(); });
    broken([](records::AppendRecord& record) { record.mutable_schema()->set_id("no"); });
    broken([](records::AppendRecord& record) { record.set_record_id("no"); });
    broken([](records::AppendRecord& record) { (*record.mutable_properties())["x"]; });
    bad.push_back(request_of("a-1"));
    bad.back().set_expected_revision(-3);
    for (const records::AppendRequest& request : bad) {
      const ::grpc::Status status = session(served, {request}).status;
      CHECK(status.error_code() == ::grpc::INVALID_ARGUMENT);
      CHECK(details_of(status).reason == "BAD_REQUEST");
    }
    records::AppendRequest large = request_of("a-1");
    large.mutable_records(0)->set_data(std::string(300 << 10, 'x'));
    CHECK(details_of(session(served, {large}).status).reason == "APPEND_RECORD_SIZE_EXCEEDED");
    CHECK(served.store().info().head == Position());
  }

  TEST_CASE("records: properties and schema are the event's metadata, as JSON") {
    ServedGrpc served;
    records::AppendRequest request = request_of("a-1");
    records::AppendRecord& record = *request.mutable_records(0);
    record = record_of({}, records::SCHEMA_FORMAT_PROTOBUF);
    record.set_data("\x01");
    (*record.mutable_properties())["a \"b\""].set_string_value("c\n");
    REQUIRE(session(served, {request}).status.ok());
    const auto told = read(served, read_stream("a-1")).messages.front().event().event();
    CHECK(told.metadata().at("type") == "happened");
    CHECK(told.metadata().at("content-type") == "application/octet-stream");
    CHECK(told.data() == "\x01");
    CHECK(told.custom_metadata() ==
          R"({"a \"b\"":"c\u000a","$schema.name":"happened","$schema.format":"Protobuf"})");
    auto& value = *record_of().mutable_properties();
    value["n"].set_number_value(1.5);
    records::AppendRequest nested = request_of("a-1");
    auto& list = *(*nested.mutable_records(0)->mutable_properties())["l"].mutable_list_value();
    list.add_values()->set_number_value(2);
    list.add_values()->set_bool_value(true);
    list.add_values()->set_null_value(google::protobuf::NULL_VALUE);
    (*list.add_values()->mutable_struct_value()->mutable_fields())["x"].set_number_value(0.5);
    REQUIRE(session(served, {nested}).status.ok());
    const auto second = read(served, read_stream("a-1")).messages.back().event().event();
    CHECK(second.custom_metadata().starts_with(R"({"l":[2,true,null,{"x":0.5}],)"));
  }

  TEST_CASE("records: records of several streams, mixed, with checks of these and others") {
    ServedGrpc served;
    append(served, "seen", 3);
    records::AppendRecordsRequest request;
    *request.add_records() = record_of("a-1");
    *request.add_records() = record_of("b-1");
    *request.add_records() = record_of("a-1");
    check(request, "seen", 2);
    check(request, "a-1", -1);
    const RecordsOutcome outcome = append_records(served, request);
    REQUIRE_MESSAGE(outcome.status.ok(), outcome.status.error_message());
    REQUIRE(outcome.answer.revisions_size() == 2);
    CHECK(outcome.answer.revisions(0).stream() == "a-1");
    CHECK(outcome.answer.revisions(0).revision() == 1);
    CHECK(outcome.answer.revisions(1).revision() == 0);
    CHECK(outcome.answer.position() == 6);
  }

  TEST_CASE("records: every check that does not hold is told of") {
    ServedGrpc served;
    append(served, "there", 2);
    append(served, "deleted", 4);
    REQUIRE(served.store().delete_stream("deleted").has_value());
    REQUIRE(served.store().tombstone_stream("ended").has_value());
    const Position head = served.store().info().head;
    const auto violations = [&](const std::string& stream, std::int64_t expected, bool written) {
      records::AppendRecordsRequest request;
      *request.add_records() = record_of(written ? stream : "written");
      check(request, stream, expected);
      const RecordsOutcome outcome = append_records(served, request);
      if (outcome.status.ok()) return std::string("holds");
      const Detailed detailed = details_of(outcome.status);
      CHECK(detailed.reason == "APPEND_CONSISTENCY_VIOLATION");
      errors::AppendConsistencyViolationErrorDetails details;
      REQUIRE(details.ParseFromString(detailed.last.value()));
      std::string told;
      for (const auto& violation : details.violations()) {
        CHECK(violation.check_index() == 0);
        CHECK(violation.stream_state().stream() == stream);
        CHECK(violation.stream_state().expected_state() == expected);
        told += std::to_string(violation.stream_state().actual_state());
      }
      return told;
    };
    CHECK(violations("there", 0, false) == "1");
    CHECK(violations("there", -1, true) == "1");
    CHECK(violations("there", -5, false) == "1");
    CHECK(violations("never", 3, true) == "-1");
    CHECK(violations("never", -4, false) == "-1");
    CHECK(violations("never", -5, true) == "-1");
    CHECK(violations("deleted", -4, true) == "-5");
    CHECK(violations("deleted", -6, false) == "3");
    CHECK(violations("deleted", 1, false) == "3");
    CHECK(violations("ended", 0, false) == "-6");
    CHECK(violations("ended", -6, true) == "-6");
    CHECK(served.store().info().head == head);
    for (const auto& [stream, expected] :
         std::vector<std::pair<std::string, std::int64_t>>{{"there", 1},
                                                           {"there", -4},
                                                           {"never", -1},
                                                           {"deleted", 3},
                                                           {"deleted", -5},
                                                           {"deleted", -1},
                                                           {"ended", -6},
                                                           {"ended", -1}}) {
      CAPTURE(stream);
      CAPTURE(expected);
      CHECK(violations(stream, expected, false) == "holds");
    }
    records::AppendRecordsRequest several;
    *several.add_records() = record_of("ended");
    check(several, "there", 7);
    check(several, "never", -4);
    errors::AppendConsistencyViolationErrorDetails all;
    const Detailed detailed = details_of(append_records(served, several).status);
    REQUIRE(all.ParseFromString(detailed.last.value()));
    REQUIRE(all.violations_size() == 3);
  }

  TEST_CASE("records: what was appended before is not appended again") {
    ServedGrpc served;
    records::AppendRecordsRequest request;
    *request.add_records() = record_of("a-1");
    request.mutable_records(0)->set_record_id(Uuid::random().to_string());
    *request.add_records() = record_of("b-1");
    request.mutable_records(1)->set_record_id(Uuid::random().to_string());
    CHECK(append_records(served, request).answer.position() == 2);
    CHECK(append_records(served, request).answer.position() == 2);
    *request.add_records() = record_of("c-1");
    CHECK(details_of(append_records(served, request).status).reason ==
          "APPEND_CONSISTENCY_VIOLATION");
    CHECK(served.store().info().head == Position(2));
  }
}

}  // namespace
}  // namespace esker::server::test
