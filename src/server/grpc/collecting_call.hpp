#pragma once

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <utility>

#include "base/mutex.hpp"
#include "server/grpc/context.hpp"
#include "server/request_memory.hpp"

namespace esker::server::kurrent {

/// A call whose client sends messages, says that it is done, and gets one answer. Bounds what has been collected; tells a client that is
/// done from one that went away, which to gRPC's readers look the same.
///
/// ```
///   reading ──all read──▶ asking ──sent──▶ acting ──▶ finished
///      │                    └──could not be sent: it went away──▶ finished
///      └──failure──▶ finished
/// ```
template <class Request>
class CollectingCall : public ::grpc::ServerReadReactor<Request>, public OpenCall {
 public:
  CollectingCall(Context& context, ::grpc::CallbackServerContext& call)
      : context_(context), call_(call) {}

  /// Before gRPC knows of this.
  void begin() {
    if (!context_.calls.add(*this)) return finish(context_.refusal());
    added_ = true;
    this->StartRead(&request_);
  }

  void OnReadDone(bool read) final {
    const Reply<void> taken = read ? take_counted() : Reply<void>(ok());
    base::MutexLock lock(mutex_);
    if (stopped_) return;
    reading_ = read && taken;
    if (!taken) return finish(taken.assume_error());
    // gRPC calls nothing of ours within these.
    read ? this->StartRead(&request_) : this->StartSendInitialMetadata();
  }

  /// When a client goes away, both directions end at once: then nothing can be sent, and what was collected may be a part.
  void OnSendInitialMetadataDone(bool sent) final { sent ? act() : finish(cancelled()); }

  /// What has been sent completely is still done and answered.
  void stop() final {
    base::MutexLock lock(mutex_);
    if (!reading_) return;
    reading_ = false;
    stopped_ = true;
    finish(shutting_down());
  }

  void OnDone() final {
    if (added_) context_.calls.remove(*this);
    delete this;
  }

 protected:
  /// One more message. A failure ends the call.
  virtual Reply<void> take(Request&& request) = 0;
  /// All that there is has been taken: to be answered by `finish` or `succeed`.
  virtual void act() = 0;

  [[nodiscard]] Context& context() const { return context_; }
  void finish(const Failure& failure) { this->Finish(failure.finish(call_)); }
  void succeed() { this->Finish(::grpc::Status::OK); }

 private:
  Reply<void> take_counted() {
    const std::uint64_t bytes = request_.ByteSizeLong();
    const std::uint64_t most = context_.limits.commit_bytes_max;
    collected_ += bytes;
    if (collected_ > most) return append_too_large(most);
    if (!context_.shared.request_memory.try_take(bytes)) return too_busy();
    charge_.add(context_.shared.request_memory, bytes);
    return take(std::move(request_));
  }

  Context& context_;
  ::grpc::CallbackServerContext& call_;
  Request request_;
  std::uint64_t collected_ = 0;
  RequestCharge charge_;
  bool added_ = false;
  base::Mutex mutex_;
  bool reading_ ESKER_GUARDED_BY(mutex_) = true;
  bool stopped_ ESKER_GUARDED_BY(mutex_) = false;
};

}  // namespace esker::server::kurrent
