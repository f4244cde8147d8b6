#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

#include "esker/append.hpp"
#include "server/grpc/failure.hpp"
#include "server/grpc/wire.hpp"

namespace esker::server::kurrent {

/// An event that a client wants to append, with the bytes that it consists of.
struct ProposedEvent {
  EventId id;
  std::string type;
  std::string content_type;
  std::string data;
  std::string metadata;
};

/// The events of one append to one stream. Owns their bytes; where it stands while the append is under way, its events stand.
class ProposedEvents {
 public:
  ProposedEvents() = default;
  ProposedEvents(ProposedEvents&&) = default;
  ProposedEvents& operator=(ProposedEvents&&) = default;

  /// Takes what the message holds. Failures: no id, no type, no content type, or a type that only we may write.
  Reply<void> add(streams::ProposedMessage&& message);
  /// Failures: a type that only we may write.
  Reply<void> add(ProposedEvent event);

  /// Says something else of a stream that was deleted (`metadata_behind_deletion`), in all of them. Errors: those of that.
  Result<void> keep_deletion(Position deleted_before);

  [[nodiscard]] bool empty() const { return held_.empty(); }
  [[nodiscard]] std::size_t size() const { return held_.size(); }
  /// Types, data and metadata of all.
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

  /// As an append has them; valid until one is added.
  [[nodiscard]] std::span<const NewEvent> events();

 private:
  struct Held {
    ProposedEvent event;
    Tags tags;
  };

  std::deque<Held> held_;
  std::vector<NewEvent> events_;
  std::uint64_t bytes_ = 0;
};

}  // namespace esker::server::kurrent
