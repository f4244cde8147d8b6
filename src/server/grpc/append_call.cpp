#include "server/grpc/append_call.hpp"

#include <optional>
#include <utility>

#include "server/grpc/collecting_call.hpp"
#include "server/grpc/numbers.hpp"
#include "streams.pb.h"

namespace esker::server::kurrent {
namespace {

class AppendCall final : public CollectingCall<streams::AppendReq> {
 public:
  AppendCall(Context& context, ::grpc::CallbackServerContext& call, streams::AppendResp& answer)
      : CollectingCall(context, call), answer_(answer) {}

 private:
  Reply<void> take(streams::AppendReq&& request) override {
    if (!to_) {
      if (!request.has_options()) return invalid_argument("an append begins with its options");
      ESKER_TRY(to_, expected_stream(request.options()));
      return ok();
    }
    if (!request.has_proposed_message()) {
      return invalid_argument("an append consists of events behind its options");
    }
    return events_.add(std::move(*request.mutable_proposed_message()));
  }

  void act() override {
    if (!to_) return finish(invalid_argument("an append begins with its options"));
    const Expected expected = to_->expected;
    append_to_stream(context(), {std::move(*to_), std::move(events_)},
                     [this, expected](const AppendAnswer& answer) {
                       if (!answer) return finish(answer.assume_error());
                       write_answer(expected, answer.assume_value(), answer_);
                       succeed();
                     });
  }

  streams::AppendResp& answer_;
  std::optional<ExpectedStream> to_;
  ProposedEvents events_;
};

}  // namespace

void write_answer(const Expected& expected, const std::variant<Appended, WrongVersion>& outcome,
                  streams::AppendResp& answer) {
  if (const auto* wrong = std::get_if<WrongVersion>(&outcome)) {
    tell_wrong_version(expected, wrong->actual, *answer.mutable_wrong_expected_version());
    return;
  }
  const Appended& appended = std::get<Appended>(outcome);
  auto& success = *answer.mutable_success();
  if (appended.version == Version()) {
    success.mutable_no_stream();
  } else {
    success.set_current_revision(revision_of(appended.version));
  }
  if (appended.position == Position()) {
    success.mutable_no_position();
    return;
  }
  success.mutable_position()->set_commit_position(commit_position_of(appended.position));
  success.mutable_position()->set_prepare_position(commit_position_of(appended.position));
}

::grpc::ServerReadReactor<streams::AppendReq>* serve_append(Context& context,
                                                            ::grpc::CallbackServerContext& call,
                                                            streams::AppendResp& answer) {
  auto* reactor = new AppendCall(context, call, answer);  // until OnDone
  reactor->begin();
  return reactor;
}

}  // namespace esker::server::kurrent
