#pragma once

#include "server/grpc/context.hpp"
#include "server/grpc/wire.hpp"

namespace esker::server::kurrent {

/// Serves Streams.Read: what `open_source` gives, as fast as the client takes it. The reactor ends itself. `context` outlives it.
::grpc::ServerWriteReactor<streams::ReadResp>* serve_read(Context& context,
                                                          ::grpc::CallbackServerContext& call,
                                                          const streams::ReadReq& request);

}  // namespace esker::server::kurrent
