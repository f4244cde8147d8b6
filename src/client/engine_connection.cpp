#include <algorithm>
#include <string>
#include <utility>

#include "client/engine.hpp"
#include "client/feed.hpp"

// The engine's connection: making it, noticing that it is lost, and what falls due.
namespace esker::client {
namespace {

std::string ms_text(std::chrono::nanoseconds duration) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count()) +
         " ms";
}

}  // namespace

// --- making and losing it ---

void Engine::connect_again() {
  const Backoff::Duration wait = backoff_.next();
  if (wait.count() == 0) return open_connection();
  retry_timer_.expires_after(wait);
  retry_timer_.async_wait([self = shared_from_this()](boost::system::error_code cancelled) {
    if (!cancelled && !self->shut_) self->open_connection();
  });
}

void Engine::open_connection() {
  connection_ = std::make_shared<Connection>(executor_, static_cast<Connection::Listener&>(*this),
                                             address_, options_.frame_bytes_max);
  connection_->open(options_.connect_timeout);
}

void Engine::on_welcome(const format::Welcome& welcome) {
  if (store_ != welcome.store_id) give_up_perhaps_done();
  ready_ = true;
  store_ = welcome.store_id;
  incarnation_ = welcome.incarnation;
  frame_bytes_max_ = welcome.frame_bytes_max;
  ready_since_ = pinged_ = Clock::now();
  ping_every_ = options_.ping_interval;
  if (welcome.idle_timeout_ms > 0) {
    // The server closes a connection on which it hears nothing: ping well before.
    ping_every_ = std::min<std::chrono::nanoseconds>(
        ping_every_, std::chrono::microseconds(welcome.idle_timeout_ms) * 500);
  }
  arm(ready_since_ + ping_every_);
  answer_first(ok());
  send_all();
}

/// Another store answers now, which cannot tell what became of what the first one may have done.
void Engine::give_up_perhaps_done() {
  for (auto at = requests_.begin(); at != requests_.end();) {
    const auto here = at++;
    if (here->second->kind != format::MessageKind::append || !here->second->perhaps_done) continue;
    answer(*forget(here), Error(Errc::outcome_unknown, "the append may have been written, but " +
                                                           base::to_string(address_) +
                                                           " serves another store now"));
  }
}

void Engine::on_lost(Error error) {
  const bool was_ready = std::exchange(ready_, false);
  const std::uint64_t refused = connection_->refused_request();
  connection_ = nullptr;
  draining_ = false;
  sent_requests_ = 0;
  last_fault_ = error.message();
  for (auto& [number, request] : requests_) {
    request->queued = false;
    if (std::exchange(request->sent, false)) request->perhaps_done = true;
  }
  for (auto& [number, entry] : feeds_) {
    if (entry.asked) put_back(entry);
  }
  // What is too long for this client would be so over every connection.
  if (const auto feed = feeds_.find(refused); feed != feeds_.end()) end_feed(feed, error.clone());
  if (const auto at = requests_.find(refused); at != requests_.end()) {
    const std::shared_ptr<Request> request = forget(at);
    answer(*request, request->kind == format::MessageKind::append
                         ? Error(Errc::outcome_unknown, "the server's answer: " + error.message())
                         : error.clone());
  }
  // A connection that lasted is followed by another at once; one that did not counts as a failed attempt, or a server that ends each
  // connection would be asked without a pause.
  if (was_ready && Clock::now() - ready_since_ >= options_.backoff_max) backoff_.reset();
  if (!was_ready && error.code() == Errc::not_supported) fail_all(error);
  answer_first(error.code() == Errc::closed ? Error(Errc::unavailable, error.message())
                                            : std::move(error));
  connect_again();
}

void Engine::drop_connection(Error error) {
  if (!connection_) return;
  connection_->close();
  on_lost(std::move(error));
}

void Engine::drain_connection() {
  draining_ = true;
  drop_when_drained();
}

void Engine::drop_when_drained() {
  if (draining_ && sent_requests_ == 0) {
    drop_connection(Error(Errc::unavailable, "the server is shutting down"));
  }
}

void Engine::answer_first(Result<void> result) {
  if (!on_first_) return;
  Handler<void> handler = std::exchange(on_first_, Handler<void>());
  handler(std::move(result));
}

/// For a server that will not serve this client, however often it is asked.
void Engine::fail_all(const Error& error) {
  for (auto& [number, request] : std::exchange(requests_, {})) {
    waiting_bytes_ -= request->bytes.size();
    request->withdrawn = true;
    answer(*request, error.clone());
  }
  for (auto& [number, entry] : std::exchange(feeds_, {})) entry.feed->failed(error.clone());
}

// --- what falls due ---

/// Has `on_due` called at `when`, or before.
void Engine::arm(Clock::time_point when) {
  if (armed_ && *armed_ <= when) return;
  armed_ = when;
  due_timer_.expires_at(when);
  due_timer_.async_wait([self = shared_from_this()](boost::system::error_code cancelled) {
    if (!cancelled && !self->shut_) self->on_due();
  });
}

void Engine::on_due() {
  armed_.reset();
  const Clock::time_point now = Clock::now();
  expire_requests(now);
  look_after_feeds(now);
  look_after_connection(now);
  if (!requests_.empty()) arm(requests_.begin()->second->deadline);
}

void Engine::expire_requests(Clock::time_point now) {
  // All have the same timeout, so that the oldest is always the first.
  while (!requests_.empty() && requests_.begin()->second->deadline <= now) {
    const std::shared_ptr<Request> request = forget(requests_.begin());
    if (request->sent) request->perhaps_done = true;
    answer(*request, timeout_error());
  }
  drop_when_drained();
}

void Engine::look_after_feeds(Clock::time_point now) {
  for (auto at = feeds_.begin(); at != feeds_.end();) {
    const auto here = at++;
    FeedEntry& entry = here->second;
    if (entry.asked) {
      if (!has_stalled(entry, now)) continue;
      return drop_connection(Error(Errc::unavailable, "nothing came for a subscription for " +
                                                          ms_text(options_.stall_timeout)));
    }
    if (entry.feed->kind() == Feed::Kind::read) {
      const Clock::time_point deadline = entry.waits_since + options_.request_timeout;
      if (deadline <= now) {
        end_feed(here, timeout_error());
        continue;
      }
      arm(deadline);
    }
    if (!entry.ask_at) continue;
    if (*entry.ask_at <= now) {
      send(here);
    } else {
      arm(*entry.ask_at);
    }
  }
  if (connection_) connection_->flush();
}

bool Engine::has_stalled(FeedEntry& entry, Clock::time_point now) {
  if (entry.feed->kind() != Feed::Kind::subscription) return false;
  if (!entry.feed->has_room()) entry.heard = now;  // the server may not send anything
  const Clock::time_point deadline = entry.heard + options_.stall_timeout;
  if (deadline <= now) return true;
  arm(deadline);
  return false;
}

void Engine::look_after_connection(Clock::time_point now) {
  if (!ready_) return;
  const Clock::time_point received = connection_->last_received();
  const std::chrono::nanoseconds silence_max = 2 * options_.ping_interval;
  const Clock::time_point alive = connection_->last_alive();
  if (now - alive >= silence_max) {
    return drop_connection(
        Error(Errc::unavailable, "no sign of life from the server for " + ms_text(silence_max)));
  }
  const Clock::time_point quiet_since = std::min(received, connection_->last_sent());
  if (now - std::max(quiet_since, pinged_) >= ping_every_) {
    pinged_ = now;
    send_ping();
  }
  arm(std::min(std::max(quiet_since, pinged_) + ping_every_, alive + silence_max));
}

Error Engine::timeout_error() const {
  std::string message = "no answer from " + base::to_string(address_) + " within " +
                        ms_text(options_.request_timeout);
  if (!ready_ && !last_fault_.empty()) message += ": " + last_fault_;
  return {Errc::unavailable, std::move(message)};
}

}  // namespace esker::client
