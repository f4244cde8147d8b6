#include <grpcpp/grpcpp.h>

#include <string>
#include <vector>

#include "server/grpc/services.hpp"
#include "server_features.grpc.pb.h"

namespace esker::server::kurrent {
namespace {

namespace features = event_store::client::server_features;

/// The version of KurrentDB whose protocol this is, as far as it goes: clients decide by it, and by the list, what they may use.
constexpr const char* kVersion = "26.1.0";

struct Supported {
  const char* service;
  const char* method;
  std::vector<const char*> features{};
};

const std::vector<Supported>& supported() {
  constexpr const char* kStreams = "event_store.client.streams.streams";
  constexpr const char* kFeatures = "event_store.client.server_features.serverfeatures";
  constexpr const char* kGossip = "event_store.client.gossip.gossip";
  static const std::vector<Supported> all = {
      {kStreams, "read", {"position", "events"}},
      {kStreams, "append"},
      {kStreams, "batchappend", {"deadline_duration"}},
      {kStreams, "delete"},
      {kStreams, "tombstone"},
      {kFeatures, "getsupportedmethods"},
      {kGossip, "read"},
      {"kurrentdb.protocol.v2.streams.streamsservice", "appendsession"},
      {"kurrentdb.protocol.v2.streams.streamsservice", "appendrecords"},
  };
  return all;
}

class ServerFeaturesService final : public features::ServerFeatures::CallbackService {
 public:
  ::grpc::ServerUnaryReactor* GetSupportedMethods(::grpc::CallbackServerContext* call,
                                                  const event_store::client::Empty* /*request*/,
                                                  features::SupportedMethods* answer) override {
    answer->set_event_store_server_version(kVersion);
    for (const Supported& one : supported()) {
      features::SupportedMethod& method = *answer->add_methods();
      method.set_service_name(one.service);
      method.set_method_name(one.method);
      for (const char* feature : one.features) method.add_features(feature);
    }
    ::grpc::ServerUnaryReactor* reactor = call->DefaultReactor();
    reactor->Finish(::grpc::Status::OK);
    return reactor;
  }
};

}  // namespace

std::unique_ptr<::grpc::Service> make_server_features_service() {
  return std::make_unique<ServerFeaturesService>();
}

}  // namespace esker::server::kurrent
