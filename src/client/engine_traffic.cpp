#include <iterator>
#include <string>
#include <utility>

#include "base/assert.hpp"
#include "client/engine.hpp"
#include "client/feed.hpp"

// Requests and feeds on their way to the server, and what comes back.
namespace esker::client {

// --- there ---

void Engine::drain() {
  for (Command& command : take_commands()) take_on(std::move(command));
  if (connection_) connection_->flush();
}

void Engine::take_on(Command command) {
  if (command.request) {
    const auto [at, added] = requests_.emplace(command.request->number, command.request);
    ESKER_ASSERT(added);
    if (shut_) return;
    arm(command.request->deadline);
    send(at);
    return;
  }
  const std::shared_ptr<Feed>& feed = command.feed;
  if (command.begins) {
    const auto [at, added] = feeds_.emplace(feed->number(), FeedEntry{feed, false, Clock::now()});
    ESKER_ASSERT(added);
    if (shut_) return;
    if (feed->kind() == Feed::Kind::read) arm(at->second.waits_since + options_.request_timeout);
    send(at);
    return;
  }
  const auto at = feeds_.find(feed->number());
  if (at == feeds_.end() || feed->over()) {
    if (at != feeds_.end()) {
      if (at->second.asked) send_frame(feed->number(), format::Cancel{});
      feeds_.erase(at);
    }
    feed->wake();
  } else if (at->second.asked) {
    if (const std::uint32_t bytes = feed->take_credit(); bytes > 0) {
      send_frame(feed->number(), format::Credit{bytes});
    }
  }
}

/// All that waits, in the order in which it was asked for.
void Engine::send_all() {
  auto request = requests_.begin();
  auto feed = feeds_.begin();
  while (request != requests_.end() || feed != feeds_.end()) {
    const bool request_first =
        feed == feeds_.end() || (request != requests_.end() && request->first < feed->first);
    if (request_first) {
      send(request++);
    } else {
      send(feed++);
    }
  }
  connection_->flush();
}

void Engine::send(Requests::iterator at) {
  if (!ready_ || draining_) return;
  const std::shared_ptr<Request>& request = at->second;
  const std::size_t body_bytes = request->bytes.size() - format::kFrameHeaderBytes;
  if (body_bytes > frame_bytes_max_) {
    // The server would end the connection, and the others' requests with it.
    answer(*forget(at), Error(Errc::too_large, "request of " + std::to_string(body_bytes) +
                                                   " bytes; the server accepts " +
                                                   std::to_string(frame_bytes_max_)));
    return;
  }
  request->queued = true;
  ++sent_requests_;
  connection_->send(request);
}

void Engine::send(Feeds::iterator at) {
  if (!ready_ || draining_) return;
  FeedEntry& entry = at->second;
  const std::optional<Feed::Request> request = entry.feed->request(store_, incarnation_);
  if (!request) {
    const std::shared_ptr<Feed> feed = entry.feed;
    feeds_.erase(at);
    feed->wake();
    return;
  }
  entry.asked = true;
  entry.heard = Clock::now();
  entry.ask_at.reset();
  if (entry.feed->kind() == Feed::Kind::subscription) arm(entry.heard + options_.stall_timeout);
  if (entry.feed->kind() == Feed::Kind::read) {
    send_frame(at->first, format::ReadRequest{request->window_bytes, request->query});
  } else {
    send_frame(at->first, format::SubscribeRequest{request->window_bytes, request->query});
  }
}

template <class Message>
void Engine::send_frame(std::uint64_t number, const Message& message) {
  auto frame = std::make_shared<OutFrame>();
  format::append_frame(frame->bytes, number, message);
  connection_->send(std::move(frame));
}

/// A ping of the engine's own; nobody waits for its answer.
void Engine::send_ping() {
  send_frame(next_number(), format::Ping{});
  connection_->flush();
}

// --- and back ---

void Engine::on_frame(Frame frame) {
  const auto kind = static_cast<format::MessageKind>(frame.header.kind);
  const std::uint64_t number = frame.header.request;
  if (number == 0) {
    return drop_connection(kind == format::MessageKind::error
                               ? format::parse_error(frame.body)
                               : Error(Errc::protocol, "message " +
                                                           std::to_string(frame.header.kind) +
                                                           " of the server belongs to no request"));
  }
  if (const auto request = requests_.find(number); request != requests_.end()) {
    on_answer(request, kind, frame);
  } else if (const auto feed = feeds_.find(number); feed != feeds_.end()) {
    on_feed(feed, kind, frame);
  }
  // Otherwise an answer to what has been given up or cancelled meanwhile, or to a ping of ours.
}

void Engine::on_answer(Requests::iterator at, format::MessageKind kind, const Frame& frame) {
  if (kind == format::MessageKind::error) {
    Error error = format::parse_error(frame.body);
    if (error.code() == Errc::closed) {
      // Not done over this connection; whether over an earlier one is still open.
      at->second->sent = false;
      if (std::exchange(at->second->queued, false)) --sent_requests_;
      last_fault_ = error.message();
      return drain_connection();
    }
    answer(*forget(at), std::move(error));
  } else {
    const std::shared_ptr<Request> request = at->second;
    waiting_bytes_ -=
        request->bytes.size();  // first, so that the handler can ask for as much again
    Result<void> answered = answer(*request, kind, frame.body);
    waiting_bytes_ += request->bytes.size();
    if (!answered) return drop_connection(std::move(answered).assume_error());
    forget(at);
  }
  drop_when_drained();
}

void Engine::on_feed(Feeds::iterator at, format::MessageKind kind, Frame& frame) {
  const std::shared_ptr<Feed> feed = at->second.feed;
  at->second.heard = Clock::now();
  Result<void> taken = ok();
  switch (kind) {
    case format::MessageKind::events: {
      const std::size_t bytes = frame.body.size();
      Result<std::shared_ptr<const EventFrame>> events = make_event_frame(frame.take_body(), bytes);
      taken = events ? feed->received(std::move(events).assume_value())
                     : Result<void>(std::move(events).assume_error());
      break;
    }
    case format::MessageKind::progress: {
      const Result<format::Progress> progress = format::parse_progress(frame.body);
      if (!progress) return drop_connection(progress.assume_error().clone());
      feed->progress(progress.assume_value());
      break;
    }
    case format::MessageKind::end: {
      const Result<format::End> end = format::parse_end(frame.body);
      if (!end) return drop_connection(end.assume_error().clone());
      feeds_.erase(at);
      if (Result<void> ended = feed->ended(end.assume_value()); !ended) {
        feed->failed(std::move(ended).assume_error());
      }
      return;
    }
    case format::MessageKind::error: {
      Error error = format::parse_error(frame.body);
      if (error.code() == Errc::closed || error.code() == Errc::unavailable) {
        last_fault_ = error.message();
        put_back(at->second);
        return drain_connection();
      }
      // Others came first when the connection was lost, which is nothing that the feed's user should hear of.
      if (error.code() == Errc::busy && at->second.resumed) return ask_later(at->second);
      feeds_.erase(at);
      return feed->failed(std::move(error));
    }
    default:
      return drop_connection(Error(Errc::protocol,
                                   "the server answered a read or subscription "
                                   "with message " +
                                       std::to_string(frame.header.kind)));
  }
  if (!taken) {
    send_frame(at->first, format::Cancel{});
    connection_->flush();
    end_feed(at, std::move(taken).assume_error());
  }
}

std::shared_ptr<Request> Engine::forget(Requests::iterator at) {
  std::shared_ptr<Request> request = std::move(at->second);
  requests_.erase(at);
  waiting_bytes_ -= request->bytes.size();
  if (std::exchange(request->queued, false)) --sent_requests_;
  request->withdrawn = true;
  if (!request->sent) request->bytes = {};  // it may still stand in the connection's queue
  return request;
}

void Engine::end_feed(Feeds::iterator at, Error error) {
  const std::shared_ptr<Feed> feed = std::move(at->second.feed);
  feeds_.erase(at);
  feed->failed(std::move(error));
}

/// The feed waits for the next connection.
void Engine::put_back(FeedEntry& entry) {
  entry.asked = false;
  entry.resumed = true;
  entry.waits_since = Clock::now();
  entry.feed->broken();
  if (entry.feed->kind() == Feed::Kind::read) arm(entry.waits_since + options_.request_timeout);
}

/// The feed waits until the server may have room for it.
void Engine::ask_later(FeedEntry& entry) {
  entry.asked = false;
  entry.feed->broken();
  entry.ask_at = Clock::now() + options_.backoff_max;
  arm(*entry.ask_at);
}

}  // namespace esker::client
