#include <array>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <system_error>

#include <sys/socket.h>

#include "server/native/session.hpp"

namespace esker::server {
namespace {

namespace asio = boost::asio;

/// Pieces of one gathered write. A frame of scattered events has some hundred.
constexpr std::size_t kPiecesMax = 256;
/// Writes before the other connections of the loop get their turn.
constexpr int kWritesPerTurn = 4;

}  // namespace

void Session::schedule_turn() {
  if (in_turn_ || turn_scheduled_ || waiting_writable_) return;
  turn_scheduled_ = true;
  loop_->after_batch([self = shared_from_this()] {
    self->turn_scheduled_ = false;
    self->turn();
  });
}

void Session::turn() {
  if (state_ == State::closed || waiting_writable_) return;
  in_turn_ = true;
  for (int writes = 0; writes < kWritesPerTurn; ++writes) {
    feeds_.fill(outbox_);
    if (outbox_.empty() || !write()) break;
  }
  in_turn_ = false;
  if (state_ == State::closed) return;
  if (!waiting_writable_ && !turn_scheduled_ && (!outbox_.empty() || feeds_.ready())) {
    // Not in the batch that is running, or the others would have to wait until the peer is slower than we are.
    turn_scheduled_ = true;
    asio::post(loop_->context(), [self = shared_from_this()] {
      self->turn_scheduled_ = false;
      self->turn();
    });
  }
  after_writing();
}

bool Session::write() {
  std::array<iovec, kPiecesMax> pieces;
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = outbox_.gather(pieces);
  ssize_t sent = -1;
  do {
    sent = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) {
    on_write_error(errno);
    return false;
  }
  outbox_.written(static_cast<std::size_t>(sent));
  written_ += static_cast<std::uint64_t>(sent);
  while (!unanswered_.empty() && unanswered_.front().first <= written_) unanswered_.pop_front();
  return true;
}

void Session::on_write_error(int error) {
  if (error == EAGAIN || error == EWOULDBLOCK) {
    wait_writable();
    return;
  }
  const std::string text = std::system_category().message(error);
  // A segment's page that cannot be read: the stream of frames is broken, and the client must not take what is missing for an end.
  const bool of_the_log = error == EFAULT || error == EIO;
  close_with(
      of_the_log ? LogLevel::error : LogLevel::debug,
      of_the_log ? "events could not be read from a mapped segment to be sent: " + text : text);
}

void Session::wait_writable() {
  waiting_writable_ = true;
  socket_.async_wait(
      boost::asio::ip::tcp::socket::wait_write,
      [self = shared_from_this()](const boost::system::error_code& /*the next write tells*/) {
        self->waiting_writable_ = false;
        self->turn();
      });
}

void Session::after_writing() {
  const bool all_sent = outbox_.empty();
  switch (state_) {
    case State::greeting:
    case State::open:
      if (end_of_input_) {
        if (all_sent && appends_ == 0) close();
      } else if (!reading_) {
        process();
      }
      break;
    case State::finishing:
    case State::failing:
      if (all_sent && (state_ == State::failing || appends_ == 0)) linger();
      break;
    case State::lingering:
    case State::closed:
      break;
  }
}

void Session::linger() {
  boost::system::error_code error;
  socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_send, error);
  // After an error more may be on its way; when the server stops, only what is there already could take the answers back.
  const bool nothing_comes = state_ == State::finishing && socket_.available(error) == 0;
  if (error || end_of_input_ || nothing_comes) {
    close();
    return;
  }
  state_ = State::lingering;
  if (!reading_) reader_.discard();
  read();
}

}  // namespace esker::server
