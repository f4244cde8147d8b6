#include "crash/subscriber.hpp"

#include <string>

namespace esker::crash {

void Subscriber::subscribe(store::Engine& engine, Verdict& verdict) {
  Query query;
  query.selector = filter_.selector;
  query.items = filter_.items;
  const bool by_version = filter_.selector.kind == Selector::Kind::stream;
  query.from = by_version ? last_version_.next().value() : looked_at_.next().value();
  Result<std::unique_ptr<store::SubscriptionWalk>> walk = engine.subscribe(query);
  if (!walk) {
    verdict.violated("I9",
                     "subscribing behind what was given failed: " + walk.assume_error().message());
    return;
  }
  walk_ = std::move(walk).assume_value();
  caught_up_ = false;
}

bool Subscriber::poll(std::uint64_t count, History& history, Verdict& verdict) {
  if (walk_ == nullptr) return false;
  for (std::uint64_t i = 0; i < count; ++i) {
    const Result<std::optional<EventView>> event = walk_->poll();
    if (!event) {
      verdict.violated("I9", "a subscription failed: " + event.assume_error().message());
      return false;
    }
    if (filter_.selector.kind != Selector::Kind::stream) looked_at_ = walk_->looked_at();
    if (!event.assume_value()) {
      caught_up_ = true;
      return false;
    }
    history.saw(*event.assume_value(), verdict);
    given_.push_back(event.assume_value()->position);
    last_version_ = event.assume_value()->version;
    if (caught_up_) ++live_;
    caught_up_ = false;
  }
  return true;
}

void Subscriber::check(const tests::ModelStore& model, Verdict& verdict) const {
  const bool by_version = filter_.selector.kind == Selector::Kind::stream;
  check_to(by_version ? (given_.empty() ? Position() : given_.back()) : looked_at_, model, verdict);
}

void Subscriber::check_complete(const tests::ModelStore& model, Verdict& verdict) const {
  if (walk_ == nullptr) return;
  const bool by_version = filter_.selector.kind == Selector::Kind::stream;
  if (!caught_up_ || (!by_version && looked_at_ < model.head())) {
    verdict.violated("I9", "a subscription stays behind: it has looked at position " +
                               std::to_string(looked_at_.value()) + " of " +
                               std::to_string(model.head().value()));
  }
  check_to(model.head(), model, verdict);
}

void Subscriber::check_to(Position end, const tests::ModelStore& model, Verdict& verdict) const {
  auto given = given_.begin();
  for (const tests::ModelEvent& event : model.events()) {
    if (event.position > end) break;
    if (!tests::selects(filter_, event)) continue;
    if (given == given_.end() || *given != event.position) {
      verdict.violated("I9", "a subscription looked at position " + std::to_string(end.value()) +
                                 " without delivering " + std::to_string(event.position.value()) +
                                 (given == given_.end() ? "" : " in its turn"));
      return;
    }
    ++given;
  }
  if (given != given_.end()) {
    verdict.violated("I9", "a subscription delivered position " + std::to_string(given->value()) +
                               ", which does not match or is not there");
  }
}

Subscriber Subscriber::fork() const {
  Subscriber copy(filter_);
  copy.given_ = given_;
  copy.last_version_ = last_version_;
  copy.looked_at_ = looked_at_;
  return copy;
}

}  // namespace esker::crash
