#pragma once

#include "server/grpc/context.hpp"
#include "server/grpc/wire.hpp"

namespace esker::server::kurrent {

/// Serve StreamsService.AppendSession, in which each message is what one stream gets, and StreamsService.AppendRecords, in which one
/// message has all, with checks. The reactors end themselves. `context` outlives them.
::grpc::ServerReadReactor<records::AppendRequest>* serve_append_session(
    Context& context, ::grpc::CallbackServerContext& call, records::AppendSessionResponse& answer);
::grpc::ServerUnaryReactor* serve_append_records(Context& context,
                                                 ::grpc::CallbackServerContext& call,
                                                 const records::AppendRecordsRequest& request,
                                                 records::AppendRecordsResponse& answer);

}  // namespace esker::server::kurrent
