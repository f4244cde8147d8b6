#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "format/message.hpp"

namespace esker::server::test {

/// A frame as it came, with a checksum that was right.
struct Received {
  format::FrameHeader header;
  std::vector<std::byte> body;

  [[nodiscard]] format::MessageKind kind() const {
    return static_cast<format::MessageKind>(header.kind);
  }
};

/// The bytes of a message as a frame.
template <class Message>
std::vector<std::byte> frame_of(std::uint64_t request, const Message& message) {
  std::vector<std::byte> bytes;
  format::append_frame(bytes, request, message);
  return bytes;
}

/// The bytes of a frame of any kind, whole and with the right checksum.
std::vector<std::byte> frame_of_kind(std::uint16_t kind, std::uint64_t request,
                                     std::span<const std::byte> body);

/// A connection that sends what it is told to, right or wrong. Everything blocks, at most some ten seconds, after which the test fails.
class RawClient {
 public:
  /// `receive_bytes`: the socket's receive buffer; 0: as usual.
  explicit RawClient(const std::string& address, int receive_bytes = 0);
  ~RawClient();
  RawClient(RawClient&& other) noexcept : socket_(std::exchange(other.socket_, -1)) {}
  RawClient& operator=(RawClient&&) = delete;

  /// False when the server does not take it because the connection is gone.
  bool send(std::span<const std::byte> bytes);
  bool send(std::string_view text) { return send(as_bytes(text)); }
  template <class Message>
  void send(std::uint64_t request, const Message& message) {
    send(std::span<const std::byte>(frame_of(request, message)));
  }
  /// As much as goes without waiting; how much that was.
  std::size_t send_without_waiting(std::span<const std::byte> bytes);

  /// Sends `hello` and takes the `welcome`. Returns itself.
  RawClient& greet();

  Received receive();
  /// Receives a frame, which must be of that kind and request.
  Received receive(format::MessageKind kind, std::uint64_t request);
  /// Receives an error for that request.
  Error receive_error(std::uint64_t request);

  /// Reads up to the end of the connection; how many bytes came before.
  std::size_t drain();
  /// True when the connection ends without another byte.
  bool ended() { return drain() == 0; }

  void shutdown_send();

 private:
  void read(std::span<std::byte> into);
  void wait(short events) const;

  int socket_ = -1;
};

/// The record views in the bodies of `events` frames lead into the body.
std::vector<EventView> events_in(const Received& frame);

}  // namespace esker::server::test
