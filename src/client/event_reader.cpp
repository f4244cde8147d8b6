#include <utility>

#include "client/feed.hpp"
#include "esker/client.hpp"

namespace esker {

EventReader::EventReader(std::shared_ptr<client::Feed> feed) : feed_(std::move(feed)) {}

EventReader::EventReader(EventReader&&) noexcept = default;

EventReader& EventReader::operator=(EventReader&& other) noexcept {
  if (this != &other) {
    if (feed_) feed_->cancel();
    feed_ = std::move(other.feed_);
  }
  return *this;
}

EventReader::~EventReader() {
  if (feed_) feed_->cancel();
}

Result<std::optional<EventView>> EventReader::next() { return *feed_->take_within(std::nullopt); }

std::optional<Explanation> EventReader::explanation() const { return feed_->explanation(); }

bool EventReader::ready() const { return feed_->ready(); }

}  // namespace esker
