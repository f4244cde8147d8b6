#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "esker/store.hpp"
#include "format/message.hpp"
#include "server/native/frame_reader.hpp"
#include "server/request_memory.hpp"

namespace esker::server {

class Session;

/// An append from its frame to its answer, with all that the store's views lead into. On its way it belongs to the handler that the store
/// keeps, and then to the task that brings it back to the connection's loop.
struct AppendRequest {
  std::shared_ptr<Session> session;
  std::uint64_t request = 0;
  std::unique_ptr<std::byte[]> body;
  std::uint64_t allowance_bytes = 0;  ///< Taken from what the connection may hold for itself.
  RequestCharge charge;               ///< Taken from the memory that all share.
  format::ParsedAppend parsed;        ///< Leads into `body`.
  std::optional<Result<AppendResult>> result;
};

/// Hands `append` to the store; `Session::append_answered` gets it back on the session's loop, exactly once unless the loop has ended
/// before.
void begin_append(Store& store, std::unique_ptr<AppendRequest> append);

}  // namespace esker::server
