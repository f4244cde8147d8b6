#include "server/grpc/batch_append_call.hpp"

#include <doctest/doctest.h>

#include <map>

#include "server/grpc/kurrent_client.hpp"
#include "server/grpc/uuid_message.hpp"
#include "shared.pb.h"

namespace esker::server::test {
namespace {

using streams::BatchAppendReq;
using streams::BatchAppendResp;

BatchAppendReq request_of(const std::string& stream, std::size_t events, bool is_final = true) {
  BatchAppendReq request;
  kurrent::write_uuid(Uuid::random(), kurrent::IdForm::text, *request.mutable_correlation_id());
  request.mutable_options()->mutable_stream_identifier()->set_stream_name(stream);
  request.mutable_options()->mutable_any();
  for (std::size_t i = 0; i < events; ++i) *request.add_proposed_messages() = proposed();
  request.set_is_final(is_final);
  return request;
}

/// A call that lasts.
class Batch {
 public:
  explicit Batch(ServedGrpc& served) : stream_(served.stub().BatchAppend(&context_)) {}

  bool send(const BatchAppendReq& request) { return stream_->Write(request); }
  BatchAppendResp answer() {
    BatchAppendResp answer;
    if (!stream_->Read(&answer)) answer.mutable_error()->set_message("there is no answer");
    return answer;
  }
  BatchAppendResp answer_to(const BatchAppendReq& request) {
    send(request);
    return answer();
  }
  ::grpc::Status finish() {
    stream_->WritesDone();
    return stream_->Finish();
  }
  void cancel() { context_.TryCancel(); }

 private:
  ::grpc::ClientContext context_;
  std::unique_ptr<::grpc::ClientReaderWriter<BatchAppendReq, BatchAppendResp>> stream_;
};

template <class Details>
bool has(const BatchAppendResp& answer, int code) {
  Details details;
  return answer.error().code() == code &&
         answer.error().details().type_url() == "type.googleapis.com/" + details.GetTypeName() &&
         details.ParseFromString(answer.error().details().value());
}

TEST_SUITE("server") {
  TEST_CASE("batch append: each append is answered once, with its correlation id and stream") {
    ServedGrpc served;
    Batch batch(served);
    std::map<std::string, std::string> streams_by_id;
    for (int i = 0; i < 100; ++i) {
      const BatchAppendReq request = request_of("a-" + std::to_string(i % 10), 2);
      streams_by_id[request.correlation_id().string()] =
          request.options().stream_identifier().stream_name();
      REQUIRE(batch.send(request));
    }
    for (int i = 0; i < 100; ++i) {
      const BatchAppendResp answer = batch.answer();
      CHECK(answer.has_success());
      CHECK(answer.success().position().commit_position() > 0);
      const auto found = streams_by_id.find(answer.correlation_id().string());
      REQUIRE(found != streams_by_id.end());
      CHECK(answer.stream_identifier().stream_name() == found->second);
      streams_by_id.erase(found);
    }
    CHECK(batch.finish().ok());
    CHECK(must(served.store().current_version("a-3")) == Version(20));
  }

  TEST_CASE("batch append: pieces of an append become one commit with the last") {
    ServedGrpc served;
    Batch batch(served);
    BatchAppendReq piece = request_of("a-1", 1, false);
    REQUIRE(batch.send(piece));
    CHECK(batch.answer_to(request_of("b-1", 1)).has_success());
    CHECK(must(served.store().current_version("a-1")) == Version());
    piece.clear_options();
    *piece.mutable_proposed_messages(0) = proposed();
    piece.set_is_final(true);
    const BatchAppendResp answer = batch.answer_to(piece);
    CHECK(answer.success().current_revision() == 1);
    CHECK(answer.stream_identifier().stream_name() == "a-1");
    CHECK(batch.finish().ok());
  }

  TEST_CASE("batch append: errors are answers, and the call goes on") {
    ServedGrpc served;
    append(served, "a-1", 3);
    REQUIRE(served.store().tombstone_stream("ended").has_value());
    Batch batch(served);
    namespace client = event_store::client;
    BatchAppendReq wrong = request_of("a-1", 1);
    wrong.mutable_options()->set_stream_position(0);
    const BatchAppendResp told = batch.answer_to(wrong);
    CHECK(has<client::WrongExpectedVersion>(told, ::grpc::ALREADY_EXISTS));
    client::WrongExpectedVersion details;
    details.ParseFromString(told.error().details().value());
    CHECK(details.current_stream_revision() == 2);
    CHECK(details.expected_stream_position() == 0);
    CHECK(has<client::StreamDeleted>(batch.answer_to(request_of("ended", 1)), ::grpc::NOT_FOUND));
    CHECK(has<client::AccessDenied>(batch.answer_to(request_of("$ce-a", 1)),
                                    ::grpc::PERMISSION_DENIED));
    BatchAppendReq typeless = request_of("a-1", 1);
    typeless.mutable_proposed_messages(0)->clear_metadata();
    CHECK(has<client::BadRequest>(batch.answer_to(typeless), ::grpc::INVALID_ARGUMENT));
    BatchAppendReq late = request_of("a-1", 1);
    late.mutable_options()->mutable_deadline();
    CHECK(has<client::Timeout>(batch.answer_to(late), ::grpc::DEADLINE_EXCEEDED));
    late.mutable_options()->mutable_deadline_21_10_0()->set_seconds(1);
    CHECK(has<client::Timeout>(batch.answer_to(late), ::grpc::DEADLINE_EXCEEDED));
    BatchAppendReq large = request_of("a-1", 1);
    large.mutable_proposed_messages(0)->set_data(std::string(600 << 10, 'x'));
    CHECK(has<client::MaximumAppendSizeExceeded>(batch.answer_to(large), ::grpc::INVALID_ARGUMENT));
    BatchAppendReq nowhere = request_of("a-1", 1);
    nowhere.clear_options();
    CHECK(has<client::BadRequest>(batch.answer_to(nowhere), ::grpc::INVALID_ARGUMENT));
    BatchAppendReq patient = request_of("a-1", 1);
    patient.mutable_options()->mutable_deadline()->set_seconds(315'576'000'000);
    CHECK(batch.answer_to(patient).has_success());
    CHECK(batch.finish().ok());
    CHECK(must(served.store().current_version("a-1")) == Version(4));
  }

  TEST_CASE("batch append: without a correlation id nobody could be answered") {
    ServedGrpc served;
    Batch batch(served);
    BatchAppendReq request = request_of("a-1", 1);
    request.clear_correlation_id();
    batch.send(request);
    CHECK(batch.answer().error().message() == "there is no answer");
    CHECK(batch.finish().error_code() == ::grpc::INVALID_ARGUMENT);
  }

  TEST_CASE("batch append: clients that go away at any time leave whole appends or none") {
    ServedGrpc served;
    for (int round = 0; round < 50; ++round) {
      Batch batch(served);
      for (int i = 0; i < round % 7; ++i) batch.send(request_of("a-1", 3));
      batch.send(request_of("never", 1, false));
      batch.cancel();
      (void)batch.finish();
    }
    append(served, "b-1");
    CHECK(must(served.store().current_version("a-1")).value() % 3 == 0);
    CHECK(must(served.store().current_version("never")) == Version());
  }
}

}  // namespace
}  // namespace esker::server::test
