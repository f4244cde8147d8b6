#include "server/grpc/subscription_source.hpp"

#include <algorithm>
#include <chrono>

#include "esker/store.hpp"
#include "server/grpc/links.hpp"
#include "server/grpc/numbers.hpp"
#include "server/grpc/read_source.hpp"
#include "streams.pb.h"

namespace esker::server::kurrent {
namespace {

/// A live subscription that has had so many events without coming to an end is behind.
constexpr std::uint64_t kBehindEvents = 4096;

Recorder::Options recorder_options(const ReadPlan& plan) {
  const bool projection = plan.of == ReadPlan::Of::projection;
  return {plan.ids, plan.resolve_links, projection ? plan.stream : std::string()};
}

void write_now(google::protobuf::Timestamp& time) {
  using std::chrono::nanoseconds;
  const auto now =
      std::chrono::duration_cast<nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  time.set_seconds(now / 1'000'000'000);
  time.set_nanos(static_cast<std::int32_t>(now % 1'000'000'000));
}

Query subscription_query(const ReadPlan& plan) {
  Query query;
  if (plan.of == ReadPlan::Of::projection) return projection_query(plan.stream);
  if (plan.of == ReadPlan::Of::stream) {
    query.selector = Selector::stream(plan.stream);
  } else {
    query.system = true;
  }
  return query;
}

}  // namespace

Reply<std::unique_ptr<MessageSource>> SubscriptionSource::open(const Store& store, ReadPlan plan) {
  std::uint64_t last = 0;
  if (plan.of == ReadPlan::Of::stream) {
    ESKER_TRY(const StreamStatus status, readable_status(store, plan.stream));
    last = status.version.value();
  } else {
    last = store.info().head.value();
  }
  const SubscriptionBegin begin = subscription_begin(plan, last);
  Query query = subscription_query(plan);
  query.from = begin.from;
  ESKER_TRY(Subscription subscription, store.subscribe(query));
  return std::unique_ptr<MessageSource>(
      new SubscriptionSource(store, std::move(plan), begin.behind, std::move(subscription)));
}

SubscriptionSource::SubscriptionSource(const Store& store, ReadPlan plan, std::uint64_t behind,
                                       Subscription subscription)
    : plan_(std::move(plan)),
      behind_(behind),
      recorder_(store, recorder_options(plan_)),
      subscription_(std::move(subscription)),
      place_(behind) {}

Reply<MessageSource::Step> SubscriptionSource::next(streams::ReadResp& message) {
  if (state_ == State::begun) {
    state_ = State::catching_up;
    message.mutable_confirmation()->set_subscription_id(Uuid::random().to_string());
    return Step::message;
  }
  if (state_ == State::ended) return stream_deleted(plan_.stream);
  if (state_ == State::live && undrained_ >= kBehindEvents) {
    state_ = State::catching_up;
    write_place(*message.mutable_fell_behind());
    return Step::message;
  }
  if (checkpoint_due(plan_.checkpoint_events)) {
    write_checkpoint(message);
    return Step::message;
  }
  return next_event(message);
}

Reply<MessageSource::Step> SubscriptionSource::next_event(streams::ReadResp& message) {
  for (std::uint64_t looks = 0; looks < kLooksOfTurn; ++looks) {
    ESKER_TRY(const std::optional<EventView> event, subscription_.poll());
    if (!event) return drained(message);
    if (before_begin(*event)) continue;
    ++undrained_;
    ++examined_;
    looked_at_ = event->position;
    const bool stream = plan_.of == ReadPlan::Of::stream;
    place_ = stream ? event->version.value() : event->position.value();
    bool selected = plan_.of != ReadPlan::Of::projection || is_linked(*event);
    if (plan_.filter) {
      ESKER_TRY(selected, plan_.filter->selects(*event));
    }
    if (selected) {
      ESKER_TRY(recorder_.record(*event, message));
      if (stream && event->type == kTombstoneType) state_ = State::ended;
      return Step::message;
    }
    if (checkpoint_due(plan_.checkpoint_events)) {
      write_checkpoint(message);
      return Step::message;
    }
  }
  return Step::paused;
}

/// All that is there has been delivered.
Reply<MessageSource::Step> SubscriptionSource::drained(streams::ReadResp& message) {
  undrained_ = 0;
  if (state_ == State::live) return Step::waiting;
  if (checkpoint_due(1)) {
    write_checkpoint(message);
    return Step::message;
  }
  state_ = State::live;
  write_place(*message.mutable_caught_up());
  return Step::message;
}

bool SubscriptionSource::before_begin(const EventView& event) const {
  const bool stream = plan_.of == ReadPlan::Of::stream;
  return (stream ? event.version.value() : event.position.value()) <= behind_;
}

/// Whether a checkpoint is to be told of after `events` have been examined.
bool SubscriptionSource::checkpoint_due(std::uint64_t events) const {
  return plan_.filter.has_value() && examined_ >= events && looked_at_ > told_;
}

void SubscriptionSource::write_checkpoint(streams::ReadResp& message) {
  examined_ = 0;
  told_ = looked_at_;
  streams::ReadResp_Checkpoint& checkpoint = *message.mutable_checkpoint();
  checkpoint.set_commit_position(commit_position_of(told_));
  checkpoint.set_prepare_position(commit_position_of(told_));
  write_now(*checkpoint.mutable_timestamp());
}

template <class Message>
void SubscriptionSource::write_place(Message& message) const {
  message.Clear();
  write_now(*message.mutable_timestamp());
  if (place_ == 0) return;
  if (plan_.of == ReadPlan::Of::stream) {
    message.set_stream_revision(static_cast<std::int64_t>(revision_of(Version(place_))));
  } else if (plan_.of == ReadPlan::Of::projection) {
    message.set_stream_revision(static_cast<std::int64_t>(link_revision_of(Position(place_))));
  } else {
    message.mutable_position()->set_commit_position(commit_position_of(Position(place_)));
    message.mutable_position()->set_prepare_position(commit_position_of(Position(place_)));
  }
}

void SubscriptionSource::async_wait(UniqueFunction<void()> handler) {
  // Whether there is more or the subscription has ended, the next poll tells.
  subscription_.async_wait(
      [handler = std::move(handler)](const Result<void>& /*woken*/) mutable { handler(); });
}

}  // namespace esker::server::kurrent
