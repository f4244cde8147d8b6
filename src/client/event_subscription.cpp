#include <utility>

#include "client/feed.hpp"
#include "esker/client.hpp"

namespace esker {

EventSubscription::EventSubscription(std::shared_ptr<client::Feed> feed) : feed_(std::move(feed)) {}

EventSubscription::EventSubscription(EventSubscription&&) noexcept = default;

EventSubscription& EventSubscription::operator=(EventSubscription&& other) noexcept {
  if (this != &other) {
    if (feed_) feed_->cancel();
    feed_ = std::move(other.feed_);
  }
  return *this;
}

EventSubscription::~EventSubscription() {
  if (feed_) feed_->cancel();
}

Result<std::optional<EventView>> EventSubscription::poll() {
  std::optional<Result<std::optional<EventView>>> answer = feed_->take();
  if (!answer) return std::optional<EventView>();
  return std::move(*answer);
}

Result<std::optional<EventView>> EventSubscription::next(std::chrono::nanoseconds timeout) {
  std::optional<Result<std::optional<EventView>>> answer = feed_->take_within(timeout);
  if (!answer) return std::optional<EventView>();
  return std::move(*answer);
}

void EventSubscription::cancel() { feed_->cancel(); }

Position EventSubscription::looked_at() const { return feed_->looked_at(); }

bool EventSubscription::caught_up() const { return feed_->caught_up(); }

Incarnation EventSubscription::incarnation() const { return feed_->incarnation(); }

}  // namespace esker
