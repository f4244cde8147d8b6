#pragma once

#include "server/grpc/context.hpp"
#include "server/grpc/stream_write.hpp"
#include "server/grpc/wire.hpp"

namespace esker::server::kurrent {

/// Serves Streams.Append: what the client has sent when it says that it is done becomes one commit. One that goes away before leaves
/// nothing. The reactor ends itself. `context` outlives it.
::grpc::ServerReadReactor<streams::AppendReq>* serve_append(Context& context,
                                                            ::grpc::CallbackServerContext& call,
                                                            streams::AppendResp& answer);

/// Writes what came of an append.
void write_answer(const Expected& expected, const std::variant<Appended, WrongVersion>& outcome,
                  streams::AppendResp& answer);

}  // namespace esker::server::kurrent
