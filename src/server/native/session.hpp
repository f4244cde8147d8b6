#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "format/message.hpp"
#include "server/loop.hpp"
#include "server/native/append.hpp"
#include "server/native/feeds.hpp"
#include "server/native/frame_reader.hpp"
#include "server/native/outbox.hpp"
#include "server/native/stall_watch.hpp"
#include "server/shared.hpp"

namespace esker::server {

class Connections;

/// One connection of the native protocol (format-spec.md, "Native protocol").
///
///     greeting ──hello──▶ open ──stop──▶ finishing ──answers taken──▶ closed
///         └──────fault──────┴──────────▶ failing ──error taken──▶ lingering ──▶ closed
///
/// Finishing: nothing more is read, what was accepted is answered. Failing: the last thing that is sent is an error. Lingering: the peer
/// may be sending still, and closing at once would take the error back before it is read; so what comes is dropped for a moment.
///
/// Everything runs on its loop's thread. Held by `Connections` until it is closed, and by what is under way for it.
class Session : public std::enable_shared_from_this<Session> {
 public:
  static constexpr std::size_t kInputBytes = FrameReader::kBufferBytes;

  Session(std::shared_ptr<Loop> loop, std::shared_ptr<Shared> shared,
          boost::asio::ip::tcp::socket socket, std::weak_ptr<Connections> connections);

  /// Begins to serve.
  void start();
  /// Says that there are too many connections, and closes.
  void refuse();
  [[nodiscard]] bool refused() const { return refused_; }
  /// Finishes what was accepted, then closes.
  void stop();
  /// Closes now. Appends under way go on; nobody will hear of them.
  void close();
  /// Looks at the deadlines.
  void tick(std::chrono::steady_clock::time_point now);

  /// Where `Connections` has it.
  [[nodiscard]] std::size_t place() const { return place_; }
  void set_place(std::size_t place) { place_ = place; }

  // --- for the requests' code ---

  /// Whoever posts from another thread holds it until that is done: the task may be the last to need the loop.
  [[nodiscard]] const std::shared_ptr<Loop>& loop() const { return loop_; }
  [[nodiscard]] Feeds& feeds() { return feeds_; }

  /// Puts a message into the outbox and sees to it that it is written soon.
  template <class Message>
  void send(std::uint64_t request, const Message& message) {
    if (state_ == State::closed) return;
    format::encode_frame(outbox_.add(format::frame_bytes(message)), request, message);
    schedule_turn();
  }
  void send_error(std::uint64_t request, const Error& error) {
    send(request, format::ErrorReply{error});
  }

  /// Fills and writes the outbox when the loop has done what it is doing now.
  void schedule_turn();

  void append_answered(std::unique_ptr<AppendRequest> append);

 private:
  enum class State : std::uint8_t { greeting, open, finishing, failing, lingering, closed };

  // session_input.cpp
  void read();
  void on_read(const boost::system::error_code& error, std::size_t bytes);
  void on_end_of_input();
  /// Takes frames until there is none, or something has to be waited for; then reads on.
  void process();
  [[nodiscard]] bool paused() const;
  /// Gets memory for the frame that `reader_` has announced; false: it has to be waited for.
  bool provide_storage();
  void memory_granted(std::uint64_t bytes);
  void dispatch(Frame frame);
  Result<void> greet(const Frame& frame);
  Result<void> serve(Frame& frame);
  Result<void> append(Frame& frame);
  void release_storage();

  // session_output.cpp
  void turn();
  /// False when the peer takes no more now, or the connection was closed.
  bool write();
  void on_write_error(int error);
  void wait_writable();
  /// Reads on, or closes when that was all.
  void after_writing();
  void linger();
  [[nodiscard]] bool serving() const { return state_ == State::greeting || state_ == State::open; }

  /// Tells the peer what it has done wrong, and closes.
  void fail(const Error& error);
  void close_with(LogLevel level, std::string_view reason);
  void log(LogLevel level, std::string_view what) const;
  void tick_input(std::chrono::steady_clock::time_point now);

  const std::shared_ptr<Loop> loop_;
  const std::shared_ptr<Shared> shared_;
  const std::weak_ptr<Connections> connections_;
  boost::asio::ip::tcp::socket socket_;
  std::string peer_;  // its address, for the logger
  std::size_t place_ = 0;
  bool refused_ = false;
  State state_ = State::greeting;

  // Input.
  FrameReader reader_;
  bool reading_ = false;       // an operation is pending, so `reader_`'s room must stay
  bool end_of_input_ = false;  // the peer sends no more
  bool memory_awaited_ = false;
  std::uint64_t frames_ = 0;             // received
  std::uint64_t allowance_ = 0;          // bytes of frames held without asking for shared memory
  std::uint64_t storage_allowance_ = 0;  // of that, for the frame that is being received
  RequestCharge storage_charge_;         // the same, shared
  std::size_t appends_ = 0;              // not answered yet

  // Output.
  Outbox outbox_;
  Feeds feeds_;
  bool in_turn_ = false;
  bool turn_scheduled_ = false;
  bool waiting_writable_ = false;
  std::uint64_t written_ = 0;  // bytes that the operating system has taken
  /// Shared memory of requests whose long answers have not been taken: until so many bytes are written.
  std::deque<std::pair<std::uint64_t, RequestCharge>> unanswered_;

  // Deadlines.
  StallWatch greeting_watch_;
  StallWatch frame_watch_;
  StallWatch idle_watch_;
  StallWatch write_watch_;
  StallWatch linger_watch_;
};

}  // namespace esker::server
