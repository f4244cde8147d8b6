#include "server/grpc/read_call.hpp"

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <memory>
#include <new>
#include <optional>
#include <utility>

#include "server/grpc/message_source.hpp"
#include "streams.pb.h"

namespace esker::server::kurrent {
namespace {

using Step = MessageSource::Step;

/// One read or subscription. There is always exactly one who may drive it on: whoever completes a write, is woken by the store, or has
/// been given another turn. So nothing in here is locked; those who cancel and stop only leave word, and wake the one who waits.
class ReadCall final : public ::grpc::ServerWriteReactor<streams::ReadResp>, public OpenCall {
 public:
  ReadCall(Context& context, ::grpc::CallbackServerContext& call)
      : context_(context), call_(call) {}

  /// Before gRPC knows of this, and before those do who stop calls, so that nothing can happen at the same time.
  void begin(const streams::ReadReq& request) {
    Reply<std::unique_ptr<MessageSource>> source = open_source(context_.store(), request);
    if (!source) return finish(source.assume_error());
    source_ = std::move(source).assume_value();
    added_ = context_.calls.add(*this);
    if (!added_) return finish(context_.refusal());
    context_.shared.requests.fetch_add(1, std::memory_order_relaxed);
    // Not here: whoever has been called by the transport should not look at a thousand events.
    context_.workers.post([this] { drive(); });
  }

  void OnWriteDone(bool ok) override {
    if (!ok) return finish(cancelled());
    drive();
  }

  void OnCancel() override {
    cancelled_.store(true, std::memory_order_relaxed);
    if (source_) source_->cancel();
  }

  void stop() override {
    stopping_.store(true, std::memory_order_relaxed);
    if (source_) source_->cancel();
  }

  void OnDone() override {
    if (added_) context_.calls.remove(*this);
    delete this;
  }

 private:
  /// Exceptions for want of memory end this call, and nothing else.
  void drive() {
    try {
      drive_on();
    } catch (const std::bad_alloc&) {
      finish(too_busy());
    }
  }

  void drive_on() {
    while (true) {
      if (const std::optional<Failure> end = told_to_end()) return finish(*end);
      const Reply<Step> step = source_->next(message_);
      if (!step) return finish(step.assume_error());
      switch (step.assume_value()) {
        case Step::message:
          // Without the hint that more will follow: gRPC then holds back what it has, and does not say that it wants more (tried).
          return StartWrite(&message_);
        case Step::paused:
          return context_.workers.post([this] { drive(); });
        case Step::waiting:
          return source_->async_wait([this] { context_.workers.post([this] { drive(); }); });
        case Step::done:
          return Finish(::grpc::Status::OK);
      }
    }
  }

  [[nodiscard]] std::optional<Failure> told_to_end() const {
    if (cancelled_.load(std::memory_order_relaxed)) return cancelled();
    if (stopping_.load(std::memory_order_relaxed)) return shutting_down();
    return std::nullopt;
  }

  void finish(const Failure& failure) { Finish(failure.finish(call_)); }

  Context& context_;
  ::grpc::CallbackServerContext& call_;
  std::unique_ptr<MessageSource> source_;
  streams::ReadResp message_;
  std::atomic<bool> cancelled_ = false;
  std::atomic<bool> stopping_ = false;
  bool added_ = false;
};

}  // namespace

::grpc::ServerWriteReactor<streams::ReadResp>* serve_read(Context& context,
                                                          ::grpc::CallbackServerContext& call,
                                                          const streams::ReadReq& request) {
  auto* reactor = new ReadCall(context, call);  // until OnDone
  reactor->begin(request);
  return reactor;
}

}  // namespace esker::server::kurrent
