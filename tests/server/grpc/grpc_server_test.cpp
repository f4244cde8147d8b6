#include "server/grpc/grpc_server.hpp"

#include <doctest/doctest.h>
#include <grpcpp/generic/generic_stub.h>

#include <future>
#include <random>
#include <thread>

#include "gossip.grpc.pb.h"
#include "server/grpc/kurrent_client.hpp"
#include "server_features.grpc.pb.h"

namespace esker::server::test {
namespace {

using event_store::client::Empty;

streams::ReadReq subscription_to_all() {
  streams::ReadReq request = read_all();
  request.mutable_options()->mutable_subscription();
  return request;
}

/// What a call with these bytes as its only message answers.
::grpc::Status call_with(ServedGrpc& served, const std::string& method, const std::string& bytes) {
  ::grpc::GenericStub stub(served.channel());
  ::grpc::ClientContext context;
  const ::grpc::Slice slice(bytes);
  const ::grpc::ByteBuffer request(&slice, 1);
  ::grpc::ByteBuffer answer;
  std::promise<::grpc::Status> status;
  stub.UnaryCall(&context, method, {}, &request, &answer,
                 [&status](const ::grpc::Status& ended) { status.set_value(ended); });
  return status.get_future().get();
}

Errc error_of_listening(Store& store, const std::string& address) {
  ServerOptions options;
  options.listen = {"127.0.0.1:0", address};
  const Result<GrpcServer> started = GrpcServer::start(store, options, Logger());
  return started ? Errc{} : started.assume_error().code();
}

TEST_SUITE("server") {
  TEST_CASE("grpc server: it says what it can do, in the letters that clients look for") {
    ServedGrpc served;
    const auto stub =
        event_store::client::server_features::ServerFeatures::NewStub(served.channel());
    ::grpc::ClientContext context;
    event_store::client::server_features::SupportedMethods answer;
    REQUIRE(stub->GetSupportedMethods(&context, Empty(), &answer).ok());
    CHECK(answer.event_store_server_version() == "26.1.0");
    std::vector<std::string> methods;
    for (const auto& method : answer.methods()) {
      methods.push_back(method.service_name() + "/" + method.method_name());
    }
    for (const std::string wanted :
         {"event_store.client.streams.streams/batchappend", "event_store.client.gossip.gossip/read",
          "kurrentdb.protocol.v2.streams.streamsservice/appendsession"}) {
      CHECK(std::ranges::count(methods, wanted) == 1);
    }
  }

  TEST_CASE("grpc server: gossip names one leader, where the client has reached it") {
    ServedGrpc served;
    const auto stub = event_store::client::gossip::Gossip::NewStub(served.channel());
    ::grpc::ClientContext context;
    event_store::client::gossip::ClusterInfo answer;
    REQUIRE(stub->Read(&context, Empty(), &answer).ok());
    REQUIRE(answer.members_size() == 1);
    CHECK(answer.members(0).is_alive());
    CHECK(answer.members(0).state() == event_store::client::gossip::MemberInfo_VNodeState_Leader);
    const auto& at = answer.members(0).http_end_point();
    CHECK(at.address() + ":" + std::to_string(at.port()) == served.address());
  }

  TEST_CASE("grpc server: what it cannot do is unimplemented") {
    ServedGrpc served;
    CHECK(
        call_with(served, "/event_store.client.projections.Projections/Create", "").error_code() ==
        ::grpc::UNIMPLEMENTED);
  }

  TEST_CASE("grpc server: an address that is none, in use or not this machine's is an error") {
    ServedGrpc served;
    CHECK(error_of_listening(served.store(), "nowhere") == Errc::invalid_argument);
    CHECK(error_of_listening(served.store(), served.address()) == Errc::io_error);
    CHECK(error_of_listening(served.store(), "192.0.2.1:0") == Errc::io_error);
    CHECK(error_of_listening(served.store(), "127.0.0.1:0") == Errc{});
  }

  TEST_CASE("grpc server: stopping ends subscriptions with an error and finishes appends") {
    ServedGrpc served;
    ::grpc::ClientContext context;
    auto reader = served.stub().Read(&context, subscription_to_all());
    streams::ReadResp message;
    REQUIRE(reader->Read(&message));
    REQUIRE(reader->Read(&message));  // caught up: it waits
    ::grpc::ClientContext append_context;
    streams::AppendResp answer;
    auto writer = served.stub().Append(&append_context, &answer);
    streams::AppendReq request;
    *request.mutable_options() = options_of("a-1");
    REQUIRE(writer->Write(request));
    ::grpc::ClientContext batch_context;
    auto batch = served.stub().BatchAppend(&batch_context);
    append(served, "b-1");  // they have all been seen by now
    REQUIRE(reader->Read(&message));
    served.server().stop();
    CHECK(!reader->Read(&message));
    CHECK(reader->Finish().error_code() == ::grpc::UNAVAILABLE);
    CHECK(writer->Finish().error_code() == ::grpc::UNAVAILABLE);
    CHECK(batch->Finish().error_code() == ::grpc::UNAVAILABLE);
    served.server().stop();
    CHECK(read(served, read_all()).ended.status.error_code() == ::grpc::UNAVAILABLE);
  }

  TEST_CASE("grpc server: stopping waits no longer than it is told for who takes nothing") {
    ServerOptions options;
    options.stop_timeout = std::chrono::milliseconds(50);
    ServedGrpc served(options);
    for (int i = 0; i < 80; ++i) {
      append(served, options_of("a-1"),
             {proposed(Uuid::random(), "large", std::string(200 << 10, 'x'))});
    }
    ::grpc::ClientContext context;
    auto reader = served.stub().Read(&context, read_all());
    streams::ReadResp message;
    REQUIRE(reader->Read(&message));
    served.server().stop();
    while (reader->Read(&message)) {
    }
    CHECK(!reader->Finish().ok());
  }

  TEST_CASE("grpc server: bytes that are no messages are refused, and nothing else suffers") {
    ServedGrpc served;
    std::mt19937 random(20261127);
    const std::vector<std::string> methods{
        "/event_store.client.streams.Streams/Read",
        "/event_store.client.streams.Streams/Append",
        "/event_store.client.streams.Streams/BatchAppend",
        "/event_store.client.streams.Streams/Delete",
        "/event_store.client.streams.Streams/Tombstone",
        "/event_store.client.server_features.ServerFeatures/GetSupportedMethods",
        "/kurrentdb.protocol.v2.streams.StreamsService/AppendSession",
        "/kurrentdb.protocol.v2.streams.StreamsService/AppendRecords"};
    const std::string whole = read_all().SerializeAsString();
    for (int round = 0; round < 400; ++round) {
      std::string bytes = whole;
      if (round % 2 == 0) bytes.resize(random() % 64);
      for (std::size_t i = 0; i < bytes.size() && round % 3 != 0; ++i) {
        if (random() % 3 == 0 || round % 2 == 0) bytes[i] = static_cast<char>(random());
      }
      const ::grpc::Status status = call_with(served, methods[round % methods.size()], bytes);
      CHECK(status.error_message().find('\n') == std::string::npos);
      CHECK(status.error_code() != ::grpc::UNAVAILABLE);
    }
    CHECK(append(served, "a-1") == 0);
    CHECK(served.store().info().head == Position(1));
  }

  TEST_CASE("grpc server: a message beyond what an append may hold is refused") {
    ServedGrpc served;
    const std::string huge(4 << 20, 'x');
    const ::grpc::Status status =
        call_with(served, "/event_store.client.streams.Streams/Append", huge);
    CHECK(status.error_code() == ::grpc::RESOURCE_EXHAUSTED);
    CHECK(append(served, "a-1") == 0);
  }

  TEST_CASE("grpc server: requests share a bounded memory, and who finds none is told so") {
    ServerOptions options;
    options.request_bytes_max = 600 << 10;
    ServedGrpc served(options);
    ::grpc::ClientContext context;
    streams::AppendResp answer;
    auto writer = served.stub().Append(&context, &answer);
    streams::AppendReq request;
    *request.mutable_options() = options_of("a-1");
    writer->Write(request);
    for (int i = 0; i < 2; ++i) {
      *request.mutable_proposed_message() =
          proposed(Uuid::random(), "large", std::string(200 << 10, 'x'));
      writer->Write(request);
    }
    const auto large = [&] {
      return append(served, options_of("b-1"),
                    {proposed(Uuid::random(), "large", std::string(250 << 10, 'x'))})
          .ended.status;
    };
    // Until the server has seen what the other one sent.
    ::grpc::Status refused = large();
    while (refused.ok()) refused = large();
    CHECK(refused.error_code() == ::grpc::UNAVAILABLE);
    CHECK(refused.error_message() == "Server Is Too Busy");
    writer->WritesDone();
    CHECK(writer->Finish().ok());
    // Until what the other one had is given back, which is behind its answer.
    while (!large().ok()) {
    }
  }

  TEST_CASE("grpc server: a thousand subscriptions are served, and more than it may are refused") {
    ServerOptions options;
    options.subscriptions_max = 1'000;
    ServedGrpc served(options);
    struct Subscribed {
      ::grpc::ClientContext context;
      std::unique_ptr<::grpc::ClientReader<streams::ReadResp>> reader;
    };
    std::vector<std::unique_ptr<Subscribed>> all;
    streams::ReadResp message;
    for (int i = 0; i < 998; ++i) {
      all.push_back(std::make_unique<Subscribed>());
      all.back()->reader = served.stub().Read(&all.back()->context, subscription_to_all());
      REQUIRE(all.back()->reader->Read(&message));
      REQUIRE(all.back()->reader->Read(&message));
    }
    append(served, "a-1");
    for (const auto& one : all) {
      REQUIRE(one->reader->Read(&message));
      CHECK(message.event().commit_position() == 1);
    }
    Subscribed last[2];
    for (Subscribed& one : last) {
      one.reader = served.stub().Read(&one.context, subscription_to_all());
      REQUIRE(one.reader->Read(&message));
    }
    const Ended refused = read(served, read_all()).ended;
    CHECK(refused.status.error_code() == ::grpc::UNAVAILABLE);
    for (const auto& one : all) one->context.TryCancel();
    for (Subscribed& one : last) one.context.TryCancel();
    for (const auto& one : all) CHECK(one->reader->Finish().error_code() == ::grpc::CANCELLED);
    for (Subscribed& one : last) {
      while (one.reader->Read(&message)) {
      }
      (void)one.reader->Finish();
    }
    // Until the server has noticed.
    while (!read(served, read_all()).ended.status.ok()) {
    }
  }

  TEST_CASE("grpc server: reads that are given up at any time take nothing with them") {
    ServedGrpc served;
    append(served, "a-1", 500);
    for (int round = 0; round < 200; ++round) {
      ::grpc::ClientContext context;
      auto reader =
          served.stub().Read(&context, round % 2 == 0 ? read_all() : subscription_to_all());
      streams::ReadResp message;
      for (int i = 0; i < round % 5; ++i) reader->Read(&message);
      context.TryCancel();
      while (reader->Read(&message)) {
      }
      (void)reader->Finish();
    }
    CHECK(read(served, read_all()).events().size() == 500);
  }
}

}  // namespace
}  // namespace esker::server::test
