#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "esker/client.hpp"
#include "format/message.hpp"

namespace esker::tests {

/// Records in a row as a segment would hold them.
struct SegmentPiece {
  format::Extent extent;
  std::vector<std::byte> bytes;
};

/// `count` events of `stream` with the given first position and version, as if from offset `offset` of a segment with `salt`.
SegmentPiece records(std::uint64_t first_position, std::uint64_t count,
                     std::uint64_t first_version = 0, std::string_view stream = "s-1",
                     std::size_t data_bytes = 10, const TagsView& tags = {});

/// A frame that the fake server received.
struct ReceivedFrame {
  format::MessageKind kind{};  ///< 0 when the client has closed the connection.
  std::uint64_t number = 0;
  std::vector<std::byte> body;
};

/// One connection of a client, seen from the server. A call that waits gives up, and fails the test, after ten seconds.
class Peer {
 public:
  explicit Peer(int socket) : socket_(socket) {}
  ~Peer();
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  /// The next frame, pings left out unless `pings`.
  ReceivedFrame read(bool pings = false);
  /// The same, which must be of `kind`.
  ReceivedFrame read(format::MessageKind kind);
  /// Reads and drops until the client closes.
  void read_to_end();

  /// Reads the hello and answers it.
  void welcome(const format::Welcome& welcome = default_welcome());
  static format::Welcome default_welcome();

  template <class Message>
  void send(std::uint64_t number, const Message& message) {
    std::vector<std::byte> frame;
    format::append_frame(frame, number, message);
    send_bytes(frame);
  }
  void send_error(std::uint64_t number, Errc code, std::string message = "as the test says");
  void send_events(std::uint64_t number, const SegmentPiece& piece);
  /// Answers an append of one stream.
  void send_appended(std::uint64_t number, std::uint64_t position = 1);
  void send_bytes(std::span<const std::byte> bytes);

 private:
  bool receive(std::span<std::byte> into);

  int socket_;
};

/// A server on a free port of loopback that does what the test says: one script for each connection in the order in which they come. When a
/// script returns its connection is closed; after the last one no more are accepted.
class FakeServer {
 public:
  using Script = std::function<void(Peer&)>;

  explicit FakeServer(std::vector<Script> scripts);
  /// Waits for the scripts that have a connection.
  ~FakeServer();
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;

  /// Waits until all scripts have ended.
  void join();

  [[nodiscard]] std::string address() const;
  /// Options for tests: this server, short waits.
  [[nodiscard]] ClientOptions options() const;

 private:
  void run(const std::vector<Script>& scripts);

  int listener_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

}  // namespace esker::tests
