#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <variant>

#include "client/frame_writer.hpp"
#include "esker/client.hpp"
#include "format/message.hpp"

namespace esker::client {

/// A request that gets one answer, from the call to that answer. It holds its frame, to send it again over the next connection.
struct Request : OutFrame {
  using AnyHandler =
      std::variant<Handler<AppendResult>, Handler<StoreInfo>, Handler<CompactionStatus>,
                   Handler<format::ProofReply>, Handler<void>>;

  std::uint64_t number = 0;
  format::MessageKind kind = format::MessageKind::ping;
  std::chrono::steady_clock::time_point deadline;
  std::size_t streams = 0;  ///< Of an append.
  AnyHandler handler;       ///< Of the type that belongs to `kind`.
  bool queued = false;      ///< Given to the present connection, and not answered over it.
  /// It was sent over a connection that broke before the answer: it may have taken effect.
  bool perhaps_done = false;
};

/// The error to answer with when the server answered `request` with `error`, or when nothing came and `error` says why: an append that
/// may have been written by an earlier sending is never said not to have been.
Error answer_error(const Request& request, Error error);

/// Answers with an error.
void answer(Request& request, Error error);

/// Answers as the body of an answering frame says. Errors: `protocol`, when it is not what belongs to the request; it is not answered then.
Result<void> answer(Request& request, format::MessageKind kind, std::span<const std::byte> body);

}  // namespace esker::client
