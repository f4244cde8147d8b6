#pragma once

#include <string>
#include <string_view>

#include "esker/event.hpp"
#include "esker/result.hpp"
#include "server/grpc/uuid_message.hpp"
#include "server/grpc/wire.hpp"

namespace esker {
class Store;
}

namespace esker::server::kurrent {

/// Writes events as a client is told of them. Threads: one at a time. Must not outlive the store.
class Recorder {
 public:
  struct Options {
    IdForm ids = IdForm::numbers;
    bool resolve_links = false;
    /// The projection's stream that is read: each event gets a link from there. Empty: none.
    std::string projection{};
  };

  Recorder(const Store& store, Options options) : store_(store), options_(std::move(options)) {}

  /// `event` with its position, and the link that leads to it; or, of a stored link that is to be resolved, what it links to.
  /// `message` may hold another event, whose memory is used again. Errors: those of reading.
  Result<void> record(const EventView& event, streams::ReadResp& message) const;

 private:
  Result<void> write(const EventView& event, streams::ReadResp_RecordedEvent& message) const;
  void write_link(const EventView& target, streams::ReadResp_RecordedEvent& message) const;
  Result<void> write_metadata(const EventView& event,
                              streams::ReadResp_RecordedEvent& message) const;
  Result<bool> write_target(const EventView& link, streams::ReadResp_RecordedEvent& message) const;

  const Store& store_;
  const Options options_;
};

}  // namespace esker::server::kurrent
