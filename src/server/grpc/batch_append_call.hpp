#pragma once

#include "server/grpc/context.hpp"
#include "server/grpc/stream_write.hpp"
#include "server/grpc/wire.hpp"

namespace esker::server::kurrent {

/// Serves Streams.BatchAppend: one call, many appends, each answered once, in whatever order they are done. The reactor ends itself.
/// `context` outlives it.
::grpc::ServerBidiReactor<streams::BatchAppendReq, streams::BatchAppendResp>* serve_batch_append(
    Context& context, ::grpc::CallbackServerContext& call);

/// Writes what came of one of them.
void write_batch_answer(const ExpectedStream& to, const AppendAnswer& outcome,
                        streams::BatchAppendResp& answer);

}  // namespace esker::server::kurrent
