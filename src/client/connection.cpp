#include "client/connection.hpp"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/write.hpp>
#include <string>
#include <utility>

#include "base/assert.hpp"

namespace esker::client {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::string_view kClientName = "esker C++ client";
/// What is given to the operating system at once.
constexpr std::size_t kPieceBytes = 256U << 10;

}  // namespace

Connection::Connection(const asio::any_io_executor& executor, Listener& listener,
                       base::HostPort address, std::uint32_t body_bytes_max)
    : listener_(&listener),
      address_(std::move(address)),
      resolver_(executor),
      socket_(executor),
      deadline_(executor),
      reader_(body_bytes_max) {}

void Connection::open(std::chrono::nanoseconds timeout) {
  timeout_ = timeout;
  deadline_.expires_after(timeout);
  deadline_.async_wait([self = shared_from_this()](error_code cancelled) {
    if (cancelled || self->welcomed_) return;
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(self->timeout_).count();
    self->lose(Error(Errc::unavailable, "no answer from " + base::to_string(self->address_) +
                                            " within " + std::to_string(ms) + " ms"));
  });
  error_code not_numeric;
  const asio::ip::address numeric = asio::ip::make_address(address_.host, not_numeric);
  if (!not_numeric) {
    // Without the resolver, which has a thread of its own and cannot be interrupted.
    return connect(asio::ip::tcp::resolver::results_type::create(
        asio::ip::tcp::endpoint(numeric, address_.port), address_.host,
        std::to_string(address_.port)));
  }
  resolver_.async_resolve(
      address_.host, std::to_string(address_.port), asio::ip::resolver_base::numeric_service,
      [self = shared_from_this()](error_code error, const auto& endpoints) {
        if (self->listener_ == nullptr) return;
        if (error) {
          return self->lose(Error(
              Errc::unavailable, "cannot resolve " + self->address_.host + ": " + error.message()));
        }
        self->connect(endpoints);
      });
}

void Connection::connect(const asio::ip::tcp::resolver::results_type& endpoints) {
  asio::async_connect(
      socket_, endpoints,
      [self = shared_from_this()](error_code error, const asio::ip::tcp::endpoint& /*endpoint*/) {
        if (self->listener_ == nullptr) return;
        if (error) {
          return self->lose(Error(
              Errc::unavailable,
              "cannot connect to " + base::to_string(self->address_) + ": " + error.message()));
        }
        self->shake_hands();
      });
}

void Connection::shake_hands() {
  error_code ignored;  // without it the connection is slower and nothing worse
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  last_received_ = Clock::now();
  auto hello = std::make_shared<OutFrame>();
  format::append_frame(
      hello->bytes, 0,
      format::Hello{format::kProtocolVersion, format::kProtocolVersion, kClientName});
  send(std::move(hello));
  flush();
  receive();
}

void Connection::flush() {
  if (writing_ || listener_ == nullptr) return;
  const auto pieces = writer_.gather();
  if (pieces[0].empty() && pieces[1].empty()) return;
  writing_ = true;
  last_sent_ = Clock::now();
  const std::array<asio::const_buffer, 2> buffers{
      asio::const_buffer(pieces[0].data(), pieces[0].size()),
      asio::const_buffer(pieces[1].data(), pieces[1].size())};
  // A long frame goes piece by piece. That the server takes the next one is a sign of life; that the operating system has taken
  // the whole is none, or a ping would answer itself.
  const auto next_piece = [self = shared_from_this(), whole = asio::buffer_size(buffers)](
                              error_code error, std::size_t written) -> std::size_t {
    if (error) return 0;
    if (written > 0 && written < whole) self->last_taken_ = Clock::now();
    return kPieceBytes;
  };
  asio::async_write(socket_, buffers, next_piece,
                    [self = shared_from_this()](error_code error, std::size_t /*bytes*/) {
                      self->writing_ = false;
                      // An error is left to the receiving side: the server may have said why before it closed.
                      if (!error) self->flush();
                    });
}

void Connection::receive() {
  const auto room = reader_.room();
  const std::array<asio::mutable_buffer, 2> buffers{
      asio::mutable_buffer(room[0].data(), room[0].size()),
      asio::mutable_buffer(room[1].data(), room[1].size())};
  socket_.async_read_some(
      buffers, [self = shared_from_this()](error_code error, std::size_t bytes) {
        if (self->listener_ == nullptr) return;
        if (error) {
          return self->lose(Error(Errc::unavailable, "connection to " +
                                                         base::to_string(self->address_) +
                                                         " was lost: " + error.message()));
        }
        self->last_received_ = Clock::now();
        self->reader_.received(bytes);
        self->take_frames();
      });
}

void Connection::take_frames() {
  while (listener_ != nullptr) {
    Result<std::optional<Frame>> frame = reader_.next();
    if (!frame && !welcomed_) return lose(not_a_server(frame.assume_error().message()));
    if (!frame) return lose(std::move(frame).assume_error());
    if (!frame.assume_value()) return receive();
    if (welcomed_) {
      listener_->on_frame(std::move(*frame.assume_value()));
    } else {
      take_first(*frame.assume_value());
    }
  }
}

Error Connection::not_a_server(std::string_view why) const {
  return {Errc::protocol,
          base::to_string(address_) + " does not answer like an Esker server: " + std::string(why)};
}

void Connection::take_first(const Frame& frame) {
  const auto kind = static_cast<format::MessageKind>(frame.header.kind);
  if (kind == format::MessageKind::error) return lose(format::parse_error(frame.body));
  if (kind != format::MessageKind::welcome || frame.header.request != 0) {
    return lose(
        not_a_server("message " + std::to_string(frame.header.kind) + " instead of a welcome"));
  }
  Result<format::Welcome> welcome = format::parse_welcome(frame.body);
  if (!welcome) return lose(std::move(welcome).assume_error());
  if (welcome.assume_value().version != format::kProtocolVersion) {
    return lose(
        Error(Errc::not_supported, "the server chose protocol version " +
                                       std::to_string(welcome.assume_value().version) +
                                       ", which it was not offered; use a client of its version"));
  }
  welcomed_ = true;
  deadline_.cancel();
  listener_->on_welcome(welcome.assume_value());
}

void Connection::lose(Error error) {
  if (listener_ == nullptr) return;
  Listener* const listener = listener_;
  close();
  listener->on_lost(std::move(error));
}

void Connection::close() {
  if (listener_ == nullptr) return;
  listener_ = nullptr;
  error_code ignored;  // the connection is given up whatever the operating system says
  resolver_.cancel();
  deadline_.cancel();
  socket_.close(ignored);
}

}  // namespace esker::client
