#include "esker/subscription.hpp"

#include "store/subscription_walk.hpp"

namespace esker {

Subscription::Subscription(std::unique_ptr<store::SubscriptionWalk> walk)
    : walk_(std::move(walk)) {}
Subscription::Subscription(Subscription&&) noexcept = default;
Subscription& Subscription::operator=(Subscription&&) noexcept = default;
Subscription::~Subscription() = default;

Result<std::optional<EventView>> Subscription::poll() { return walk_->poll(); }

Result<std::optional<EventView>> Subscription::next(std::chrono::nanoseconds timeout) {
  return walk_->next(timeout);
}

void Subscription::async_wait(UniqueFunction<void(Result<void>)> handler) {
  walk_->async_wait(std::move(handler));
}

void Subscription::cancel() { walk_->cancel(); }

Position Subscription::looked_at() const { return walk_->looked_at(); }

}  // namespace esker
