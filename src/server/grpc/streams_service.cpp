#include <grpcpp/grpcpp.h>

#include "server/grpc/append_call.hpp"
#include "server/grpc/batch_append_call.hpp"
#include "server/grpc/delete_call.hpp"
#include "server/grpc/read_call.hpp"
#include "server/grpc/services.hpp"
#include "streams.grpc.pb.h"

namespace esker::server::kurrent {
namespace {

using ::grpc::CallbackServerContext;

class StreamsService final : public streams::Streams::CallbackService {
 public:
  explicit StreamsService(Context& context) : context_(context) {}

  ::grpc::ServerWriteReactor<streams::ReadResp>* Read(CallbackServerContext* call,
                                                      const streams::ReadReq* request) override {
    return serve_read(context_, *call, *request);
  }

  ::grpc::ServerReadReactor<streams::AppendReq>* Append(CallbackServerContext* call,
                                                        streams::AppendResp* answer) override {
    return serve_append(context_, *call, *answer);
  }

  ::grpc::ServerBidiReactor<streams::BatchAppendReq, streams::BatchAppendResp>* BatchAppend(
      CallbackServerContext* call) override {
    return serve_batch_append(context_, *call);
  }

  ::grpc::ServerUnaryReactor* Delete(CallbackServerContext* call, const streams::DeleteReq* request,
                                     streams::DeleteResp* answer) override {
    return serve_delete(context_, *call, *request, *answer);
  }

  ::grpc::ServerUnaryReactor* Tombstone(CallbackServerContext* call,
                                        const streams::TombstoneReq* request,
                                        streams::TombstoneResp* answer) override {
    return serve_tombstone(context_, *call, *request, *answer);
  }

 private:
  Context& context_;
};

}  // namespace

std::unique_ptr<::grpc::Service> make_streams_service(Context& context) {
  return std::make_unique<StreamsService>(context);
}

}  // namespace esker::server::kurrent
