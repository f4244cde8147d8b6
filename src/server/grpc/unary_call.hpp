#pragma once

#include <grpcpp/grpcpp.h>

#include "server/grpc/context.hpp"

namespace esker::server::kurrent {

/// A call of one request and one answer that comes later: among `Context::calls` until it is over, which stopping waits for.
class UnaryCall final : public ::grpc::ServerUnaryReactor, public OpenCall {
 public:
  UnaryCall(Context& context, ::grpc::CallbackServerContext& call)
      : context_(context), call_(call), added_(context.calls.add(*this)) {
    if (!added_) finish(context.refusal());
  }

  /// False: it has been refused.
  [[nodiscard]] bool added() const { return added_; }
  void finish(const Failure& failure) { Finish(failure.finish(call_)); }
  void succeed() { Finish(::grpc::Status::OK); }

  void stop() override {}  // the answer is on its way
  void OnDone() override {
    if (added_) context_.calls.remove(*this);
    delete this;
  }

 private:
  Context& context_;
  ::grpc::CallbackServerContext& call_;
  const bool added_;
};

}  // namespace esker::server::kurrent
