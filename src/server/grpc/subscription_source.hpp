#pragma once

#include <cstdint>
#include <memory>

#include "esker/subscription.hpp"
#include "server/grpc/message_source.hpp"
#include "server/grpc/read_plan.hpp"
#include "server/grpc/recorder.hpp"

namespace esker::server::kurrent {

/// A subscription: a confirmation, what is there, that it has caught up, and what comes. With a filter it tells from time to time how far
/// it has looked.
///
/// ```
///   begun ──confirmation──▶ catching up ──caught_up──▶ live
///                                ▲                       │
///                                └──────fell_behind──────┘  so many events without an end
/// ```
class SubscriptionSource final : public MessageSource {
 public:
  static Reply<std::unique_ptr<MessageSource>> open(const Store& store, ReadPlan plan);

  Reply<Step> next(streams::ReadResp& message) override;
  void async_wait(UniqueFunction<void()> handler) override;
  void cancel() override { subscription_.cancel(); }

 private:
  enum class State : std::uint8_t { begun, catching_up, live, ended };

  SubscriptionSource(const Store& store, ReadPlan plan, std::uint64_t behind,
                     Subscription subscription);

  Reply<Step> next_event(streams::ReadResp& message);
  Reply<Step> drained(streams::ReadResp& message);
  [[nodiscard]] bool before_begin(const EventView& event) const;
  [[nodiscard]] bool checkpoint_due(std::uint64_t events) const;
  void write_checkpoint(streams::ReadResp& message);
  /// Of a message that the subscription has caught up, or has fallen behind: where it is.
  template <class Message>
  void write_place(Message& message) const;

  const ReadPlan plan_;
  const std::uint64_t behind_;  // events up to this version or position are passed over
  const Recorder recorder_;
  Subscription subscription_;
  State state_ = State::begun;
  std::uint64_t undrained_ = 0;  // events since it last had nothing to do
  std::uint64_t examined_ = 0;   // since the last checkpoint
  std::uint64_t place_;  // the last event's version or position, or where it began; 0: nowhere yet
  Position looked_at_;   // the last event that was examined
  Position told_;        // the last checkpoint
};

}  // namespace esker::server::kurrent
