#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "esker/store.hpp"
#include "server/grpc/grpc_server.hpp"
#include "streams.grpc.pb.h"
#include "support/must.hpp"
#include "support/temporary_directory.hpp"

namespace esker::server::test {

namespace streams = event_store::client::streams;
using tests::must;

/// A new store that is served on a free port, and a channel to it.
class ServedGrpc {
 public:
  explicit ServedGrpc(ServerOptions options = {});
  ~ServedGrpc();

  [[nodiscard]] Store& store() { return *store_; }
  [[nodiscard]] GrpcServer& server() { return *server_; }
  [[nodiscard]] const std::string& address() const { return server_->addresses().front(); }
  [[nodiscard]] streams::Streams::Stub& stub() { return *stub_; }
  [[nodiscard]] const std::shared_ptr<::grpc::Channel>& channel() { return channel_; }

 private:
  support::TemporaryDirectory directory_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<GrpcServer> server_;
  std::shared_ptr<::grpc::Channel> channel_;
  std::unique_ptr<streams::Streams::Stub> stub_;
};

/// A status with the trailers that came with it.
struct Ended {
  ::grpc::Status status;
  std::vector<std::pair<std::string, std::string>> trailers{};

  /// Empty: there is none.
  [[nodiscard]] std::string trailer(const std::string& name) const;
};

/// An event as clients propose it: JSON, when nothing else is said.
streams::ProposedMessage proposed(const Uuid& id, const std::string& type = "happened",
                                  const std::string& data = "{}",
                                  const std::string& content_type = "application/json",
                                  const std::string& metadata = {});
streams::ProposedMessage proposed();

/// What is expected of `stream`, nothing when it is not changed.
streams::StreamExpectation options_of(const std::string& stream);
streams::StreamExpectation options_of(const std::string& stream, std::uint64_t revision);

struct AppendOutcomeOf {
  Ended ended;
  streams::AppendResp answer;
};

/// Calls Append with these options and events.
AppendOutcomeOf append(ServedGrpc& served, const streams::StreamExpectation& options,
                       const std::vector<streams::ProposedMessage>& events);
/// The same, that must succeed, with `count` new events; answers with the last revision.
std::uint64_t append(ServedGrpc& served, const std::string& stream, std::size_t count = 1,
                     const std::string& type = "happened");

/// Read requests.
streams::ReadReq read_stream(const std::string& stream, std::uint64_t count = UINT64_MAX);
streams::ReadReq read_all(std::uint64_t count = UINT64_MAX);

struct ReadOutcome {
  Ended ended;
  std::vector<streams::ReadResp> messages;

  /// The events, each as "stream@revision", and links before what they link to: "link@3>stream@0".
  [[nodiscard]] std::vector<std::string> events() const;
};
ReadOutcome read(ServedGrpc& served, const streams::ReadReq& request);

std::string text_of(const streams::ReadResp_RecordedEvent& event);

}  // namespace esker::server::test
