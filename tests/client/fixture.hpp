#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <string_view>

#include "client/fake_server.hpp"
#include "esker/client.hpp"
#include "support/commits.hpp"

namespace esker::tests {

// --- the client's side; each fails the test when it goes wrong ---

inline Client connect(const ClientOptions& options) {
  Result<Client> client = Client::connect(options);
  if (!client) FAIL(client.assume_error().message());
  return std::move(client).assume_value();
}

/// Appends one event to "s-1".
inline Result<AppendResult> append(Client& client, std::uint64_t id = 1,
                                   std::string_view data = "{}") {
  const NewEvent event{id_of(id), "happened", as_bytes(data), {}};
  return client.append("s-1", Expected::any(), std::span(&event, 1));
}

/// The error's code; none of the codes when there is no error.
template <class T>
Errc code_of(const Result<T>& result) {
  return result ? Errc{} : result.assume_error().code();
}

inline Query all(std::uint64_t from = 0, std::uint64_t limit = Query::kNoLimit) {
  Query query;
  query.from = from;
  query.limit = limit;
  return query;
}

/// The next event's position; 0 for the end.
inline std::uint64_t position(EventReader& reader) {
  const Result<std::optional<EventView>> next = reader.next();
  if (!next) FAIL(next.assume_error().message());
  return next.assume_value() ? next.assume_value()->position.value() : 0;
}

/// The next event's position; 0 when none came in ten seconds.
inline std::uint64_t position(EventSubscription& subscription) {
  const Result<std::optional<EventView>> next = subscription.next(std::chrono::seconds(10));
  if (!next) FAIL(next.assume_error().message());
  return next.assume_value() ? next.assume_value()->position.value() : 0;
}

// --- the server's side ---

/// A read or subscription as the server received it.
struct Asked {
  std::uint64_t number = 0;
  Query query;
  std::uint32_t window_bytes = 0;
};

inline Asked read_request(Peer& peer) {
  const ReceivedFrame frame = peer.read(format::MessageKind::read);
  const Result<format::ReadRequest> request = format::parse_read(frame.body);
  REQUIRE(request.has_value());
  return {frame.number, request.assume_value().query, request.assume_value().window_bytes};
}

inline Asked subscribe_request(Peer& peer) {
  const ReceivedFrame frame = peer.read(format::MessageKind::subscribe);
  const Result<format::SubscribeRequest> request = format::parse_subscribe(frame.body);
  REQUIRE(request.has_value());
  return {frame.number, request.assume_value().query, request.assume_value().window_bytes};
}

/// Reads an append and answers it.
inline void answer_append(Peer& peer, std::uint64_t position = 1) {
  peer.send_appended(peer.read(format::MessageKind::append).number, position);
}

/// Welcomes, reads an append, and leaves it without an answer; at the script's end the connection breaks.
inline void swallow_append(Peer& peer) {
  peer.welcome();
  peer.read(format::MessageKind::append);
}

}  // namespace esker::tests
