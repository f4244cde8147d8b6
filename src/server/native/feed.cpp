#include "server/native/feed.hpp"

#include "store/query_walk.hpp"
#include "store/subscription_walk.hpp"

namespace esker::server {

Result<std::optional<store::RecordRun>> Feed::next(std::size_t bytes_max) {
  if (Cursor* cursor = std::get_if<Cursor>(&walk_)) return cursor->walk().next_run(bytes_max);
  return subscription().walk().poll_run(bytes_max);
}

bool Feed::finished() {
  if (Cursor* cursor = std::get_if<Cursor>(&walk_)) return cursor->walk().finished();
  return subscription().walk().finished();
}

std::optional<Explanation> Feed::explanation() {
  const Cursor* const cursor = std::get_if<Cursor>(&walk_);
  if (cursor == nullptr || !explain_) return std::nullopt;
  return cursor->explanation();
}

Position Feed::looked_at() {
  if (direction_ == Direction::backwards) return {};
  if (carried_) return carried_->first.previous();
  if (Cursor* cursor = std::get_if<Cursor>(&walk_)) return cursor->walk().looked_at();
  return subscription().looked_at();
}

Result<Feed::State> Feed::fill(Outbox& outbox, std::size_t frame_bytes) {
  if (failure_) return std::move(*failure_);
  if (!carried_ && finished()) return State::complete;
  if (credit_ <= 0) return State::no_credit;
  const auto bytes_max = static_cast<std::size_t>(
      std::min<std::uint64_t>(frame_bytes, static_cast<std::uint64_t>(credit_)));
  State state = State::more;
  EventsFrame frame;
  while (frame.bytes() < bytes_max) {
    const std::size_t room = bytes_max - frame.bytes();
    if (!carried_) {
      Result<std::optional<store::RecordRun>> run = next(room);
      if (!run) {
        if (frame.empty()) return std::move(run).assume_error();
        failure_ = std::move(run).assume_error();  // what was read before it goes first
        break;
      }
      if (!run.assume_value()) {
        const bool waits = is_subscription() && !finished();
        state = waits ? State::caught_up : State::complete;
        break;
      }
      if (run.assume_value()->records == 0) {
        state = State::paused;
        break;
      }
      carried_ = *run.assume_value();
    }
    if (!frame.empty() && carried_->bytes.size() > room) break;
    if (!frame.add(*carried_)) break;
    carried_.reset();
  }
  if (!frame.empty()) {
    ESKER_TRY(frame.put(outbox, request_));
    credit_ -= static_cast<std::int64_t>(frame.bytes());
  }
  return state;
}

}  // namespace esker::server
