#include "server/grpc/delete_call.hpp"

#include <utility>

#include "server/grpc/numbers.hpp"
#include "server/grpc/stream_write.hpp"
#include "server/grpc/unary_call.hpp"
#include "streams.pb.h"

namespace esker::server::kurrent {
namespace {

template <class Request, class Answer, class Act>
::grpc::ServerUnaryReactor* serve(Context& context, ::grpc::CallbackServerContext& call,
                                  const Request& request, Answer& answer, Act act) {
  auto* reactor = new UnaryCall(context, call);  // until OnDone
  if (!reactor->added()) return reactor;
  Reply<ExpectedStream> stream = expected_stream(request.options());
  if (!stream) {
    reactor->finish(stream.assume_error());
    return reactor;
  }
  act(context, std::move(stream).assume_value(), [reactor, &answer](const DeleteAnswer& deleted) {
    if (!deleted) return reactor->finish(deleted.assume_error());
    const std::uint64_t position = commit_position_of(deleted.assume_value());
    answer.mutable_position()->set_commit_position(position);
    answer.mutable_position()->set_prepare_position(position);
    reactor->succeed();
  });
  return reactor;
}

}  // namespace

::grpc::ServerUnaryReactor* serve_delete(Context& context, ::grpc::CallbackServerContext& call,
                                         const streams::DeleteReq& request,
                                         streams::DeleteResp& answer) {
  return serve(context, call, request, answer, delete_stream);
}

::grpc::ServerUnaryReactor* serve_tombstone(Context& context, ::grpc::CallbackServerContext& call,
                                            const streams::TombstoneReq& request,
                                            streams::TombstoneResp& answer) {
  return serve(context, call, request, answer, tombstone_stream);
}

}  // namespace esker::server::kurrent
