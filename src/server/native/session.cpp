#include "server/native/session.hpp"

#include "base/host_port.hpp"
#include "server/native/connections.hpp"

namespace esker::server {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

/// How long a peer that was told an error may go on sending.
constexpr std::chrono::milliseconds kLinger{1'000};
/// The slowest that a frame may come, beyond `frame_timeout`.
constexpr std::size_t kBytesPerSecondMin = 256U << 10;

std::string name_of(const tcp::socket& socket) {
  boost::system::error_code error;
  const tcp::endpoint peer = socket.remote_endpoint(error);
  if (error) return "a peer that is gone";
  return base::to_string({peer.address().to_string(), peer.port()});
}

std::string in_text(std::chrono::milliseconds time) { return std::to_string(time.count()) + " ms"; }

}  // namespace

Session::Session(std::shared_ptr<Loop> loop, std::shared_ptr<Shared> shared, tcp::socket socket,
                 std::weak_ptr<Connections> connections)
    : loop_(std::move(loop)),
      shared_(std::move(shared)),
      connections_(std::move(connections)),
      socket_(std::move(socket)),
      peer_(name_of(socket_)),
      reader_(shared_->options.frame_bytes_max),
      feeds_(*this, *shared_) {
  // Answers are put together before they are written, so there is nothing to wait for.
  boost::system::error_code ignored;  // slower without, not wrong
  socket_.set_option(tcp::no_delay(true), ignored);
}

void Session::start() {
  log(LogLevel::debug, "connected");
  read();
}

void Session::refuse() {
  refused_ = true;
  state_ = State::failing;
  send_error(
      0, {Errc::busy, "the server has as many connections as it may (" +
                          std::to_string(shared_->options.connections_max) + "): try again later"});
}

void Session::stop() {
  if (state_ == State::lingering) close();
  if (!serving()) return;
  if (state_ == State::greeting) send_error(0, {Errc::closed, "the server is stopping"});
  feeds_.close();
  state_ = State::finishing;
  after_writing();
}

void Session::fail(const Error& error) {
  if (!serving()) return;
  shared_->tell_of_peer(peer_, error.message());
  feeds_.clear();
  state_ = State::failing;
  send_error(0, error);
}

void Session::close_with(LogLevel level, std::string_view reason) {
  log(level, std::string("closing the connection: ").append(reason));
  close();
}

void Session::close() {
  if (state_ == State::closed) return;
  state_ = State::closed;
  feeds_.clear();
  outbox_ = Outbox();
  unanswered_.clear();
  release_storage();
  boost::system::error_code ignored;  // closed either way
  socket_.close(ignored);
  log(LogLevel::debug, "closed");
  if (const std::shared_ptr<Connections> connections = connections_.lock()) {
    connections->remove(*this);
  }
}

void Session::tick(std::chrono::steady_clock::time_point now) {
  const ServerOptions& options = shared_->options;
  if (outbox_.empty()) {
    write_watch_.reset();
  } else if (write_watch_.stalled(written_, now, options.write_timeout)) {
    shared_->tell_of_peer(
        peer_, "it has taken nothing of what waits for it for " + in_text(options.write_timeout));
    close();
    return;
  }
  switch (state_) {
    case State::greeting:
      if (greeting_watch_.stalled(0, now, options.handshake_timeout)) {
        fail({Errc::protocol, "no hello came within " + in_text(options.handshake_timeout)});
      }
      break;
    case State::open:
      feeds_.tick(now);
      tick_input(now);
      break;
    case State::lingering:
      if (linger_watch_.stalled(0, now, kLinger)) close();
      break;
    case State::finishing:
    case State::failing:
    case State::closed:
      break;
  }
}

void Session::tick_input(std::chrono::steady_clock::time_point now) {
  const ServerOptions& options = shared_->options;
  // While the server itself does not read, the peer cannot be blamed.
  if (paused() || end_of_input_) {
    frame_watch_.reset();
    idle_watch_.reset();
  } else if (reader_.in_frame()) {
    idle_watch_.reset();
    const auto timeout =
        options.frame_timeout + std::chrono::seconds(reader_.received_bytes() / kBytesPerSecondMin);
    if (frame_watch_.stalled(frames_, now, timeout)) {
      fail({Errc::protocol, "a frame did not come whole within " + in_text(timeout)});
    }
  } else {
    frame_watch_.reset();
    if (idle_watch_.stalled(frames_, now, options.idle_timeout)) {
      fail({Errc::closed, "nothing was received for " + in_text(options.idle_timeout) +
                              ": send a ping now and then"});
    }
  }
}

void Session::log(LogLevel level, std::string_view what) const {
  shared_->log(level, std::string(peer_).append(": ").append(what));
}

}  // namespace esker::server
