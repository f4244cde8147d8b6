#include "server/grpc/batch_append_call.hpp"

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <utility>

#include "base/mutex.hpp"
#include "server/grpc/any_message.hpp"
#include "server/grpc/numbers.hpp"
#include "server/grpc/uuid_message.hpp"
#include "server/request_memory.hpp"
#include "shared.pb.h"
#include "streams.pb.h"

namespace esker::server::kurrent {
namespace {

using Request = streams::BatchAppendReq;
using Answer = streams::BatchAppendResp;

ExpectedStream expected_in(const streams::BatchAppendReq_Options& options) {
  Expected expected;
  if (options.has_stream_position()) expected = expected_revision(options.stream_position());
  if (options.has_no_stream()) expected = Expected::no_stream();
  if (options.has_stream_exists()) expected = Expected::stream_exists();
  return {options.stream_identifier().stream_name(), expected};
}

/// Whether the client has given the append up before it came. Times far ahead mean what they say.
bool is_late(const streams::BatchAppendReq_Options& options) {
  if (options.has_deadline()) {
    const auto& left = options.deadline();
    return left.seconds() < 0 || (left.seconds() == 0 && left.nanos() <= 0);
  }
  if (!options.has_deadline_21_10_0()) return false;
  using std::chrono::system_clock;
  const auto now = system_clock::to_time_t(system_clock::now());
  return options.deadline_21_10_0().seconds() < now;
}

void write_details(const Failure& failure, const std::string& stream, Answer& answer) {
  google::protobuf::Any& details = *answer.mutable_error()->mutable_details();
  switch (failure.code) {
    case Code::permission_denied:
      return pack(event_store::client::AccessDenied(), details);
    case Code::deadline_exceeded:
      return pack(event_store::client::Timeout(), details);
    case Code::not_found: {
      event_store::client::StreamDeleted deleted;
      deleted.mutable_stream_identifier()->set_stream_name(stream);
      return pack(deleted, details);
    }
    case Code::invalid_argument: {
      event_store::client::BadRequest bad;
      bad.set_message(failure.message);
      return pack(bad, details);
    }
    default:
      return pack(event_store::client::Unknown(), details);
  }
}

/// What clients know by the trailers of other calls, they know here by code and details.
void write_failure(const Failure& failure, const std::string& stream, Answer& answer) {
  Failure told = failure;
  std::string exception;
  std::string size;
  for (const auto& [name, value] : failure.trailers) {
    if (name == "exception") exception = value;
    if (name == "maximum-append-size") size = value;
  }
  if (exception == "stream-deleted") told.code = Code::not_found;
  auto& error = *answer.mutable_error();
  error.set_code(static_cast<std::int32_t>(told.code));
  error.set_message(told.message);
  if (size.empty()) return write_details(told, stream, answer);
  event_store::client::MaximumAppendSizeExceeded exceeded;
  const std::uint64_t most = std::stoull(size);
  exceeded.set_maxappendsize(static_cast<std::uint32_t>(std::min<std::uint64_t>(most, UINT32_MAX)));
  pack(exceeded, *error.mutable_details());
}

void write_wrong_version(const Expected& expected, Version actual, Answer& answer) {
  event_store::client::WrongExpectedVersion wrong;
  if (actual == Version()) {
    wrong.mutable_current_no_stream();
  } else {
    wrong.set_current_stream_revision(revision_of(actual));
  }
  switch (expected.kind) {
    case Expected::Kind::any:
      wrong.mutable_expected_any();
      break;
    case Expected::Kind::no_stream:
      wrong.mutable_expected_no_stream();
      break;
    case Expected::Kind::stream_exists:
      wrong.mutable_expected_stream_exists();
      break;
    case Expected::Kind::version:
      wrong.set_expected_stream_position(revision_of(expected.version));
      break;
  }
  auto& error = *answer.mutable_error();
  error.set_code(static_cast<std::int32_t>(Code::already_exists));
  error.set_message("WrongExpectedVersion");
  pack(wrong, *error.mutable_details());
}

/// An append of which not all has come.
struct Collected {
  event_store::client::UUID correlation;
  ExpectedStream to;
  ProposedEvents events;
  std::uint64_t bytes = 0;
  RequestCharge charge;
  std::optional<Failure> failure;  // told when all of it has come
};

class BatchAppendCall final : public ::grpc::ServerBidiReactor<Request, Answer>, public OpenCall {
 public:
  BatchAppendCall(Context& context, ::grpc::CallbackServerContext& call)
      : context_(context), call_(call) {}

  void begin() {
    if (!context_.calls.add(*this)) return Finish(context_.refusal().finish(call_));
    added_ = true;
    StartRead(&request_);
  }

  void OnReadDone(bool read) override {
    {
      base::MutexLock lock(mutex_);
      reading_ = false;
      if (finished_) return;
      taking_ = true;
    }
    const Reply<void> taken = read ? take() : Reply<void>(ok());
    go_on([&]() ESKER_REQUIRES(mutex_) {
      taking_ = false;
      if (!taken) end_ = taken.assume_error();
      no_more_ = no_more_ || !read;
    });
  }

  void OnWriteDone(bool written) override {
    go_on([&]() ESKER_REQUIRES(mutex_) {
      answers_.pop_front();
      writing_ = false;
      if (!written) end_ = cancelled();
    });
  }

  void OnCancel() override {
    go_on([&]() ESKER_REQUIRES(mutex_) { end_ = cancelled(); });
  }

  /// What has been accepted is still answered.
  void stop() override {
    go_on([&]() ESKER_REQUIRES(mutex_) { stopping_ = true; });
  }

  void OnDone() override {
    if (added_) context_.calls.remove(*this);
    delete this;
  }

 private:
  /// Does what can be done after `change`.
  template <class Change>
  void go_on(Change change) {
    std::optional<Failure> end;
    {
      base::MutexLock lock(mutex_);
      change();
      if (finished_ || !do_next()) return;
      end = std::move(end_);
    }
    // Without the lock: it goes with this, which may be at once.
    Finish(end ? end->finish(call_) : ::grpc::Status::OK);
  }

  /// True when it is time to finish. gRPC calls nothing of ours within the calls that are made here.
  bool do_next() ESKER_REQUIRES(mutex_) {
    if (!end_ && !writing_ && !answers_.empty()) {
      writing_ = true;
      StartWrite(&answers_.front());
    }
    if (!end_ && stopping_ && idle()) end_ = shutting_down();
    if (end_ || (no_more_ && idle())) {
      // Appends under way have this call yet, and so has a request that is being taken: the last of them ends it.
      finished_ = in_flight_ == 0 && !writing_ && !taking_;
      return finished_;
    }
    const std::size_t waiting = in_flight_ + answers_.size();
    const bool room = waiting < context_.shared.options.connection_appends_max;
    if (reading_ || taking_ || no_more_ || stopping_ || !room) return false;
    reading_ = true;
    StartRead(&request_);
    return false;
  }

  [[nodiscard]] bool idle() const ESKER_REQUIRES(mutex_) {
    return in_flight_ == 0 && answers_.empty() && !writing_ && !taking_;
  }

  /// Takes a request in. A failure ends the call.
  Reply<void> take() {
    const std::optional<Uuid> id = uuid_in(request_.correlation_id());
    if (!id) return invalid_argument("a batch append has no correlation id");
    const auto [place, begun] = collected_.try_emplace(*id);
    Collected& collected = place->second;
    if (begun) begin_one(collected);
    if (!collected.failure) collect(collected);
    if (request_.is_final()) {
      Collected whole = std::move(collected);
      collected_.erase(place);
      append(std::move(whole));
    } else if (collected_.size() > context_.shared.options.connection_appends_max) {
      return too_busy();
    }
    return ok();
  }

  void begin_one(Collected& collected) {
    collected.correlation = request_.correlation_id();
    if (!request_.has_options()) {
      collected.failure = invalid_argument("a batch append begins without options");
      return;
    }
    collected.to = expected_in(request_.options());
    const auto named = expected_stream(collected.to.stream, collected.to.expected);
    if (!named) collected.failure = named.assume_error();
    if (is_late(request_.options())) {
      collected.failure = Failure(Code::deadline_exceeded, "Timeout");
    }
  }

  void collect(Collected& collected) {
    const std::uint64_t bytes = request_.ByteSizeLong();
    collected.bytes += bytes;
    if (collected.bytes > context_.limits.commit_bytes_max) {
      return fail(collected, append_too_large(context_.limits.commit_bytes_max));
    }
    if (!context_.shared.request_memory.try_take(bytes)) return fail(collected, too_busy());
    collected.charge.add(context_.shared.request_memory, bytes);
    for (streams::ProposedMessage& message : *request_.mutable_proposed_messages()) {
      const Reply<void> added = collected.events.add(std::move(message));
      if (!added) return fail(collected, added.assume_error());
    }
  }

  static void fail(Collected& collected, Failure failure) {
    collected.failure = std::move(failure);
    collected.events = {};
    collected.charge = {};
  }

  void append(Collected whole) {
    {
      base::MutexLock lock(mutex_);
      ++in_flight_;
    }
    const ExpectedStream to = whole.to;
    auto answer = [this, to, correlation = whole.correlation,
                   charge = std::move(whole.charge)](const AppendAnswer& outcome) mutable {
      Answer message;
      *message.mutable_correlation_id() = std::move(correlation);
      write_batch_answer(to, outcome, message);
      charge = {};
      answered(std::move(message));
    };
    if (whole.failure) return answer(AppendAnswer(*whole.failure));
    append_to_stream(context_, {std::move(whole.to), std::move(whole.events)}, std::move(answer));
  }

  void answered(Answer message) {
    go_on([&]() ESKER_REQUIRES(mutex_) {
      --in_flight_;
      answers_.push_back(std::move(message));
    });
  }

  Context& context_;
  ::grpc::CallbackServerContext& call_;
  bool added_ = false;
  Request request_;                      // of the one who reads
  std::map<Uuid, Collected> collected_;  // of the one who reads

  base::Mutex mutex_;
  std::deque<Answer> answers_ ESKER_GUARDED_BY(mutex_);  // the first one is being written
  std::size_t in_flight_ ESKER_GUARDED_BY(mutex_) = 0;
  bool reading_ ESKER_GUARDED_BY(mutex_) = true;
  bool taking_ ESKER_GUARDED_BY(mutex_) = false;
  bool writing_ ESKER_GUARDED_BY(mutex_) = false;
  bool no_more_ ESKER_GUARDED_BY(mutex_) = false;
  bool stopping_ ESKER_GUARDED_BY(mutex_) = false;
  bool finished_ ESKER_GUARDED_BY(mutex_) = false;
  std::optional<Failure> end_ ESKER_GUARDED_BY(mutex_);
};

}  // namespace

void write_batch_answer(const ExpectedStream& to, const AppendAnswer& outcome, Answer& answer) {
  answer.mutable_stream_identifier()->set_stream_name(to.stream);
  if (!outcome) return write_failure(outcome.assume_error(), to.stream, answer);
  if (const auto* wrong = std::get_if<WrongVersion>(&outcome.assume_value())) {
    return write_wrong_version(to.expected, wrong->actual, answer);
  }
  const Appended& appended = std::get<Appended>(outcome.assume_value());
  auto& success = *answer.mutable_success();
  if (appended.version == Version()) {
    success.mutable_no_stream();
  } else {
    success.set_current_revision(revision_of(appended.version));
  }
  if (appended.position == Position()) {
    success.mutable_no_position();
  } else {
    success.mutable_position()->set_commit_position(commit_position_of(appended.position));
    success.mutable_position()->set_prepare_position(commit_position_of(appended.position));
  }
}

::grpc::ServerBidiReactor<Request, Answer>* serve_batch_append(
    Context& context, ::grpc::CallbackServerContext& call) {
  auto* reactor = new BatchAppendCall(context, call);  // until OnDone
  reactor->begin();
  return reactor;
}

}  // namespace esker::server::kurrent
