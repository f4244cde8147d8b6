#include "client/feed.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "base/assert.hpp"
#include "client/engine.hpp"
#include "esker/snapshot.hpp"

namespace esker::client {
namespace {

Error closed_error() {
  return {Errc::closed, "the read or subscription has been cancelled, or its client closed"};
}

}  // namespace

Feed::Feed(std::shared_ptr<Engine> engine, std::uint64_t number, Kind kind, Query query,
           std::uint32_t window_bytes)
    : engine_(std::move(engine)),
      number_(number),
      kind_(kind),
      query_(std::move(query)),
      window_bytes_(std::max<std::uint32_t>(window_bytes, 1)) {}

// --- the user's side ---

std::optional<Result<Feed::Event>> Feed::take() {
  if (cancelled()) return Result<Event>(closed_error());
  while (walk_.done()) {
    bool credit_is_due = false;
    {
      base::MutexLock lock(mutex_);
      retire_frame();
      if (used_bytes_ >= std::max<std::uint64_t>(window_bytes_ / 4, 1) && !credit_asked_for_ &&
          state_ == State::open) {
        credit_asked_for_ = credit_is_due = true;
      }
      if (!next_frame() && !credit_is_due) {
        if (would_wait()) return std::nullopt;
        return final_answer();
      }
    }
    if (credit_is_due) engine_->touch(shared_from_this());
  }
  return take_record();
}

Result<Feed::Event> Feed::take_record() {
  Result<format::RecordView> record = walk_.next();
  Result<void> in_order = ok();
  if (record) in_order = check_order(record.assume_value());
  if (record && in_order) {
    last_key_ = key_of(record.assume_value());
    last_position_ = record.assume_value().position;
    return Event(record.assume_value().event());
  }
  Error error = record ? std::move(in_order).assume_error() : std::move(record).assume_error();
  walk_ = RecordWalk();
  {
    base::MutexLock lock(mutex_);
    items_.clear();
    state_ = State::failed;
    failure_ = error.clone();
  }
  engine_->touch(shared_from_this());
  return error;
}

Result<void> Feed::check_order(const format::RecordView& record) {
  const std::uint64_t key = key_of(record);
  const bool in_order =
      last_key_ == 0 ||
      (query_.direction == Direction::forwards ? key > last_key_ : key < last_key_);
  if (in_order) return ok();
  return Error(Errc::protocol, "the server sent event " + std::to_string(key) + " after event " +
                                   std::to_string(last_key_));
}

std::uint64_t Feed::key_of(const format::RecordView& record) const {
  if (query_.selector.kind != Selector::Kind::stream) return record.position.value();
  // A snapshot stands for the events up to its version.
  const std::optional<Version> snapshot =
      query_.from_snapshot ? snapshot_version(record.stream, record.tags) : std::nullopt;
  return snapshot.value_or(record.version).value();
}

/// Lets go of the current frame, all of whose events have been handed out.
void Feed::retire_frame() {
  if (current_ == nullptr) return;
  waiting_bytes_ -= current_->bytes();
  used_bytes_ += current_->bytes();
  if (newest_ == current_) {
    newest_ = nullptr;
    received_key_ = last_key_;
  }
  walk_ = RecordWalk();
  current_ = nullptr;
}

/// Goes on to the next frame; false when there is none.
bool Feed::next_frame() {
  absorb_progress();
  if (items_.empty()) return false;
  current_ = std::move(items_.front().frame);
  items_.pop_front();
  walk_ = RecordWalk(*current_);
  told_caught_up_ = false;
  return true;
}

/// Takes in the progress marks for which it is time: all before them has been handed out.
void Feed::absorb_progress() const {
  while (!items_.empty() && items_.front().frame == nullptr) {
    looked_at_ = std::max(looked_at_, items_.front().progress.looked_at);
    told_caught_up_ = items_.front().progress.caught_up;
    items_.pop_front();
  }
}

bool Feed::would_wait() const { return items_.empty() && state_ == State::open && !cancelled(); }

Result<Feed::Event> Feed::final_answer() const {
  if (cancelled()) return closed_error();
  if (state_ == State::failed) return failure_->clone();
  if (kind_ == Kind::read) return Event();
  return Error(Errc::closed, "the subscription has delivered all events that its query allows");
}

std::optional<Result<Feed::Event>> Feed::take_within(
    std::optional<std::chrono::nanoseconds> timeout) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point begin = Clock::now();
  for (;;) {
    std::optional<Result<Event>> answer = take();
    if (answer) return answer;
    base::MutexLock lock(mutex_);
    while (would_wait()) {
      if (!timeout) {
        changed_.wait(mutex_);
      } else {
        const Clock::duration passed = Clock::now() - begin;
        if (passed >= *timeout) return std::nullopt;
        // In pieces, since the end of a wait of centuries is no point in time.
        changed_.wait_for(
            mutex_, std::min<std::chrono::nanoseconds>(*timeout - passed, std::chrono::hours(1)));
      }
      absorb_progress();
    }
  }
}

void Feed::async_take(Handler<Event> handler) {
  {
    base::MutexLock lock(mutex_);
    ESKER_ASSERT(!handler_);  // one at a time
    handler_ = std::move(handler);
  }
  engine_->post([self = shared_from_this()] { self->serve(); });
}

bool Feed::ready() const {
  if (!walk_.done()) return true;
  base::MutexLock lock(mutex_);
  absorb_progress();
  return !would_wait();
}

void Feed::close() {
  {
    base::MutexLock lock(mutex_);
    cancelled_.store(true, std::memory_order_release);
  }
  wake();
}

void Feed::cancel() {
  {
    base::MutexLock lock(mutex_);
    if (cancelled()) return;
    cancelled_.store(true, std::memory_order_release);
  }
  changed_.notify_all();  // a waiting handler is called by the engine, not here
  engine_->touch(shared_from_this());
}

Position Feed::looked_at() const {
  base::MutexLock lock(mutex_);
  if (walk_.done()) absorb_progress();
  return std::max(last_position_, looked_at_);
}

bool Feed::caught_up() const {
  if (!walk_.done()) return false;
  base::MutexLock lock(mutex_);
  absorb_progress();
  return items_.empty() && told_caught_up_;
}

Incarnation Feed::incarnation() const {
  base::MutexLock lock(mutex_);
  return incarnation_;
}

void Feed::wake() {
  changed_.notify_all();
  serve();
}

/// Hands an event to the waiting handler, if there are both.
void Feed::serve() {
  base::MutexLock lock(mutex_);
  serve_again_ = true;
  if (serving_) return;
  serving_ = true;
  while (serve_again_ && handler_) {
    serve_again_ = false;
    lock.unlock();
    std::optional<Result<Event>> answer = take();
    lock.lock();
    if (!answer) continue;
    Handler<Event> handler = std::exchange(handler_, Handler<Event>());
    serving_ = false;
    lock.unlock();
    handler(std::move(*answer));
    return;
  }
  serving_ = false;
}

// --- the engine's side ---

std::optional<Feed::Request> Feed::request(const Uuid& store, Incarnation incarnation) {
  base::MutexLock lock(mutex_);
  if (state_ != State::open || cancelled()) return std::nullopt;
  if (store_ && *store_ != store) {
    fail(Error(Errc::protocol, "the server has another store now: " + store.to_string() +
                                   " instead of " + store_->to_string() +
                                   "; begin again from the start"));
    return std::nullopt;
  }
  if (received_events_ > 0 && received_events_ >= query_.limit) {
    state_ = State::complete;  // only the message that says so was lost
    return std::nullopt;
  }
  Result<std::uint64_t> from = next_from();
  if (!from) {
    fail(std::move(from).assume_error());
    return std::nullopt;
  }
  store_ = store;
  incarnation_ = incarnation;
  Request request{query_, 1};
  request.query.from = from.assume_value();
  if (received_events_ > 0 || received_looked_at_ != Position()) {
    // A later one of that type, or a later snapshot, is not where it began.
    request.query.from_last.clear();
    request.query.from_snapshot = false;
  }
  if (query_.limit != Query::kNoLimit) request.query.limit = query_.limit - received_events_;
  if (waiting_bytes_ < window_bytes_) {
    request.window_bytes = window_bytes_ - static_cast<std::uint32_t>(waiting_bytes_);
  }
  credit_ = request.window_bytes;
  used_bytes_ = 0;
  credit_asked_for_ = false;
  return request;
}

/// Where to go on: behind the last event received.
Result<std::uint64_t> Feed::next_from() const {
  std::uint64_t last = received_key_;
  if (newest_ != nullptr) {
    ESKER_TRY(const format::RecordView record, last_record(*newest_));
    last = key_of(record);
  }
  if (query_.direction == Direction::backwards) return last == 0 ? query_.from : last - 1;
  if (query_.selector.kind != Selector::Kind::stream) {
    last = std::max(last, received_looked_at_.value());
  }
  return last == 0 ? query_.from : std::max(query_.from, last + 1);
}

void Feed::broken() {
  base::MutexLock lock(mutex_);
  told_caught_up_ = false;
  for (Item& item : items_) item.progress.caught_up = false;
}

Result<void> Feed::received(std::shared_ptr<const EventFrame> frame) {
  {
    base::MutexLock lock(mutex_);
    if (state_ != State::open || frame->records == 0) return ok();
    if (credit_ <= 0 || frame->records > query_.limit - received_events_) {
      return Error(Errc::protocol, "the server sent more events than it was asked for");
    }
    credit_ -= static_cast<std::int64_t>(frame->bytes());
    waiting_bytes_ += frame->bytes();
    received_events_ += frame->records;
    newest_ = frame;
    items_.push_back({std::move(frame), {}});
  }
  wake();
  return ok();
}

void Feed::progress(const format::Progress& progress) {
  base::MutexLock lock(mutex_);
  if (state_ != State::open) return;
  received_looked_at_ = std::max(received_looked_at_, progress.looked_at);
  // The last of several in a row says it all, and so a user who takes nothing does not make the queue grow.
  if (!items_.empty() && items_.back().frame == nullptr) items_.pop_back();
  items_.push_back({nullptr, progress});
}

Result<void> Feed::ended(const format::End& end) {
  if (end.reason != format::EndReason::complete && !cancelled()) {
    return Error(Errc::protocol, "the server ended a read or subscription that was not cancelled");
  }
  if (kind_ == Kind::subscription) progress({false, end.looked_at});
  {
    base::MutexLock lock(mutex_);
    if (state_ == State::open) state_ = State::complete;
    explanation_ = end.explanation;
  }
  wake();
  return ok();
}

void Feed::failed(Error error) {
  {
    base::MutexLock lock(mutex_);
    fail(std::move(error));
  }
  wake();
}

void Feed::fail(Error error) {
  if (state_ != State::open) return;
  state_ = State::failed;
  failure_ = std::move(error);
}

std::uint32_t Feed::take_credit() {
  base::MutexLock lock(mutex_);
  if (!credit_asked_for_) return 0;
  credit_asked_for_ = false;
  const auto bytes = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(used_bytes_, std::numeric_limits<std::uint32_t>::max()));
  used_bytes_ -= bytes;
  credit_ += bytes;
  return bytes;
}

std::optional<Explanation> Feed::explanation() const {
  base::MutexLock lock(mutex_);
  return explanation_;
}

bool Feed::has_room() const {
  base::MutexLock lock(mutex_);
  return credit_ > 0;
}

bool Feed::over() const {
  base::MutexLock lock(mutex_);
  return state_ != State::open || cancelled();
}

}  // namespace esker::client
