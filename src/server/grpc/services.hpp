#pragma once

#include <memory>
#include <vector>

#include "server/grpc/context.hpp"
#include "server/grpc/wire.hpp"

namespace esker::server::kurrent {

/// The services that are registered with gRPC, each by a function of its own, which keeps their code apart. `context` outlives them.
std::unique_ptr<::grpc::Service> make_streams_service(Context& context);
std::unique_ptr<::grpc::Service> make_records_service(Context& context);
std::unique_ptr<::grpc::Service> make_server_features_service();
std::unique_ptr<::grpc::Service> make_gossip_service(Context& context);

}  // namespace esker::server::kurrent
