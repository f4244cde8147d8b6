#include "server/grpc/records_call.hpp"

#include <utility>

#include "records.pb.h"
#include "server/grpc/collecting_call.hpp"
#include "server/grpc/numbers.hpp"
#include "server/grpc/record.hpp"
#include "server/grpc/record_write.hpp"
#include "server/grpc/unary_call.hpp"

namespace esker::server::kurrent {
namespace {

bool is_expectation(std::int64_t state) {
  return state >= 0 || state == kNoStream || state == kAnyState || state == kExists;
}

bool is_check(std::int64_t state) {
  return state >= 0 || state == kNoStream || state == kExists || state == kDeletedState ||
         state == kTombstonedState;
}

Reply<void> add_record(const Context& context, records::AppendRecord&& record,
                       RecordStream& stream) {
  ESKER_TRY(ProposedEvent event,
            event_of_record(std::move(record), stream.stream, context.limits.event_bytes_max));
  return stream.events.add(std::move(event));
}

/// What a session's first stream that is not as expected comes to.
Failure session_failure(const Failure& failure, const std::vector<StateViolation>& violations) {
  if (violations.empty()) return failure;
  const StateViolation& first = violations.front();
  const bool ended = first.actual == kTombstonedState || first.actual == kDeletedState;
  return ended ? stream_tombstoned(first.stream) : revision_conflict(first);
}

class AppendSessionCall final : public CollectingCall<records::AppendRequest> {
 public:
  AppendSessionCall(Context& context, ::grpc::CallbackServerContext& call,
                    records::AppendSessionResponse& answer)
      : CollectingCall(context, call), answer_(answer) {}

 private:
  Reply<void> take(records::AppendRequest&& request) override {
    if (write_.has(request.stream())) return stream_twice(request.stream());
    ESKER_TRY(RecordStream * stream, write_.stream(request.stream()));
    if (request.records().empty()) return bad_request("records", "at least one is needed");
    if (request.has_expected_revision()) stream->expected = request.expected_revision();
    if (!is_expectation(stream->expected)) {
      return bad_request("expected_revision", "a revision, -1, -2 or -4 is needed");
    }
    for (records::AppendRecord& record : *request.mutable_records()) {
      ESKER_TRY(add_record(context(), std::move(record), *stream));
    }
    return ok();
  }

  void act() override {
    if (write_.streams().empty()) return finish(no_requests());
    append_records(context(), std::move(write_),
                   [this](const Reply<RecordsAppended>& appended,
                          const std::vector<StateViolation>& violations) {
                     if (!appended) {
                       return finish(session_failure(appended.assume_error(), violations));
                     }
                     write_answer(appended.assume_value());
                     succeed();
                   });
  }

  void write_answer(const RecordsAppended& appended) {
    for (const auto& [stream, revision] : appended.revisions) {
      records::AppendResponse& output = *answer_.add_output();
      output.set_stream(stream);
      output.set_stream_revision(revision);
    }
    answer_.set_position(static_cast<std::int64_t>(commit_position_of(appended.position)));
  }

  records::AppendSessionResponse& answer_;
  RecordWrite write_;
};

Reply<RecordWrite> write_in(const Context& context, const records::AppendRecordsRequest& request) {
  RecordWrite write;
  if (request.records().empty()) return bad_request("records", "at least one is needed");
  for (const records::AppendRecord& record : request.records()) {
    ESKER_TRY(RecordStream * stream, write.stream(record.stream()));
    ESKER_TRY(add_record(context, records::AppendRecord(record), *stream));
  }
  std::vector<std::string> checked;
  for (const records::ConsistencyCheck& check : request.checks()) {
    if (!check.has_stream_state()) return bad_request("checks", "a stream's state is needed");
    const auto& said = check.stream_state();
    if (!is_check(said.expected_state())) {
      return bad_request("expected_state", "a revision, -1, -4, -5 or -6 is needed");
    }
    if (std::ranges::find(checked, said.stream()) != checked.end()) {
      return bad_request("checks", "a stream is checked twice");
    }
    checked.push_back(said.stream());
    ESKER_TRY(RecordStream * stream, write.stream(said.stream()));
    stream->expected = said.expected_state();
    stream->check = static_cast<std::int32_t>(checked.size() - 1);
  }
  return write;
}

}  // namespace

::grpc::ServerReadReactor<records::AppendRequest>* serve_append_session(
    Context& context, ::grpc::CallbackServerContext& call, records::AppendSessionResponse& answer) {
  auto* reactor = new AppendSessionCall(context, call, answer);  // until OnDone
  reactor->begin();
  return reactor;
}

::grpc::ServerUnaryReactor* serve_append_records(Context& context,
                                                 ::grpc::CallbackServerContext& call,
                                                 const records::AppendRecordsRequest& request,
                                                 records::AppendRecordsResponse& answer) {
  auto* reactor = new UnaryCall(context, call);  // until OnDone
  if (!reactor->added()) return reactor;
  Reply<RecordWrite> write = write_in(context, request);
  if (!write) {
    reactor->finish(write.assume_error());
    return reactor;
  }
  append_records(context, std::move(write).assume_value(),
                 [reactor, &answer](const Reply<RecordsAppended>& appended,
                                    const std::vector<StateViolation>& /*in the failure*/) {
                   if (!appended) return reactor->finish(appended.assume_error());
                   for (const auto& [stream, revision] : appended.assume_value().revisions) {
                     records::StreamRevision& told = *answer.add_revisions();
                     told.set_stream(stream);
                     told.set_revision(revision);
                   }
                   answer.set_position(static_cast<std::int64_t>(
                       commit_position_of(appended.assume_value().position)));
                   reactor->succeed();
                 });
  return reactor;
}

}  // namespace esker::server::kurrent
