#pragma once

#include <algorithm>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/host_port.hpp"
#include "client/frame_reader.hpp"
#include "client/frame_writer.hpp"
#include "esker/error.hpp"
#include "format/message.hpp"

namespace esker::client {

/// One attempt to connect and, when that succeeds, the connection until it is lost. Knows frames and the handshake, no requests.
///
/// ```
///   open ─▶ resolve ─▶ connect ─▶ hello … welcome ─▶ serving ─▶ lost or closed
///             └───────────┴─────────────┴───────────────────────▶
/// ```
/// Used on its executor only, which must not run two of its handlers at once. Keeps itself alive while an operation of it is pending.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Clock = std::chrono::steady_clock;

  /// What becomes of the connection. Called on the executor, never inside a call to the connection; nothing is called after `close`.
  class Listener {
   public:
    virtual void on_welcome(const format::Welcome& welcome) = 0;
    /// A frame after the handshake.
    virtual void on_frame(Frame frame) = 0;
    /// The end, before or after `on_welcome`; the last call. `too_large`: a frame was longer than is accepted, see `refused_request`.
    /// Before: `unavailable`, `protocol`, or what the server answered.
    /// After: `unavailable`, `protocol`.
    virtual void on_lost(Error error) = 0;

   protected:
    ~Listener() = default;
  };

  /// `listener` is there until `close` or `on_lost`. `body_bytes_max` as in `FrameReader`.
  Connection(const boost::asio::any_io_executor& executor, Listener& listener,
             base::HostPort address, std::uint32_t body_bytes_max);

  /// Begins. From here to the welcome it may take `timeout`.
  void open(std::chrono::nanoseconds timeout);

  /// Queues a frame; `flush` begins to write.
  void send(std::shared_ptr<OutFrame> frame) { writer_.add(std::move(frame)); }

  /// Writes what is queued, in as few writes as it takes.
  void flush();

  /// Ends it at once; frames that are not written yet are not sent. A second call does nothing.
  void close();

  [[nodiscard]] Clock::time_point last_received() const { return last_received_; }
  [[nodiscard]] Clock::time_point last_sent() const { return last_sent_; }
  /// When the server last gave a sign of life: it sent something, or took a piece of a long frame.
  [[nodiscard]] Clock::time_point last_alive() const {
    return std::max(last_received_, last_taken_);
  }
  /// The request whose answer was too large to be received; 0 when none was.
  [[nodiscard]] std::uint64_t refused_request() const { return reader_.refused_request(); }

 private:
  void connect(const boost::asio::ip::tcp::resolver::results_type& endpoints);
  void shake_hands();
  void receive();
  void take_frames();
  void take_first(const Frame& frame);
  [[nodiscard]] Error not_a_server(std::string_view why) const;
  void lose(Error error);

  Listener* listener_;  // nothing when closed
  base::HostPort address_;
  std::chrono::nanoseconds timeout_{0};
  boost::asio::ip::tcp::resolver resolver_;
  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer deadline_;
  FrameReader reader_;
  FrameWriter writer_;
  bool welcomed_ = false;
  bool writing_ = false;
  Clock::time_point last_received_;
  Clock::time_point last_sent_;
  Clock::time_point last_taken_;
};

}  // namespace esker::client
