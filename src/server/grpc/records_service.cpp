#include <grpcpp/grpcpp.h>

#include "records.grpc.pb.h"
#include "server/grpc/records_call.hpp"
#include "server/grpc/services.hpp"

namespace esker::server::kurrent {
namespace {

class RecordsService final : public records::StreamsService::CallbackService {
 public:
  explicit RecordsService(Context& context) : context_(context) {}

  ::grpc::ServerReadReactor<records::AppendRequest>* AppendSession(
      ::grpc::CallbackServerContext* call, records::AppendSessionResponse* answer) override {
    return serve_append_session(context_, *call, *answer);
  }

  ::grpc::ServerUnaryReactor* AppendRecords(::grpc::CallbackServerContext* call,
                                            const records::AppendRecordsRequest* request,
                                            records::AppendRecordsResponse* answer) override {
    return serve_append_records(context_, *call, *request, *answer);
  }

 private:
  Context& context_;
};

}  // namespace

std::unique_ptr<::grpc::Service> make_records_service(Context& context) {
  return std::make_unique<RecordsService>(context);
}

}  // namespace esker::server::kurrent
