#pragma once

#include "server/grpc/context.hpp"
#include "server/grpc/wire.hpp"

namespace esker::server::kurrent {

/// Serve Streams.Delete and Streams.Tombstone. The reactors are their calls' own. `context` outlives them.
::grpc::ServerUnaryReactor* serve_delete(Context& context, ::grpc::CallbackServerContext& call,
                                         const streams::DeleteReq& request,
                                         streams::DeleteResp& answer);
::grpc::ServerUnaryReactor* serve_tombstone(Context& context, ::grpc::CallbackServerContext& call,
                                            const streams::TombstoneReq& request,
                                            streams::TombstoneResp& answer);

}  // namespace esker::server::kurrent
