#include "server/raw_client.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/host_port.hpp"
#include "format/record.hpp"

namespace esker::server::test {
namespace {

constexpr int kPatienceMs = 20'000;

}  // namespace

std::vector<std::byte> frame_of_kind(std::uint16_t kind, std::uint64_t request,
                                     std::span<const std::byte> body) {
  std::vector<std::byte> frame(format::kFrameHeaderBytes + body.size());
  std::copy(body.begin(), body.end(), frame.begin() + format::kFrameHeaderBytes);
  format::encode_frame_header(std::span(frame).first<format::kFrameHeaderBytes>(), kind, request,
                              std::span(&body, 1));
  return frame;
}

RawClient::RawClient(const std::string& address, int receive_bytes) {
  const auto where = base::parse_host_port(address);
  REQUIRE(where);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(where->port);
  REQUIRE(::inet_pton(AF_INET, where->host.c_str(), &to.sin_addr) == 1);
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(socket_ >= 0);
  if (receive_bytes > 0) {
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
  }
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const void* const any = &to;
  REQUIRE(::connect(socket_, static_cast<const sockaddr*>(any), sizeof to) == 0);
}

RawClient::~RawClient() {
  if (socket_ >= 0) ::close(socket_);
}

void RawClient::wait(short events) const {
  pollfd poll{socket_, events, 0};
  REQUIRE_MESSAGE(::poll(&poll, 1, kPatienceMs) == 1, "nothing happened on the connection");
}

bool RawClient::send(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    wait(POLLOUT);
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EAGAIN) continue;
    if (sent < 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(sent));
  }
  return true;
}

std::size_t RawClient::send_without_waiting(std::span<const std::byte> bytes) {
  const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  return sent < 0 ? 0 : static_cast<std::size_t>(sent);
}

RawClient& RawClient::greet() {
  send(0, format::Hello{1, 1, "test"});
  receive(format::MessageKind::welcome, 0);
  return *this;
}

void RawClient::read(std::span<std::byte> into) {
  while (!into.empty()) {
    wait(POLLIN);
    const ssize_t got = ::recv(socket_, into.data(), into.size(), 0);
    REQUIRE_MESSAGE(got > 0, "the connection ended inside or before a frame");
    into = into.subspan(static_cast<std::size_t>(got));
  }
}

Received RawClient::receive() {
  std::array<std::byte, format::kFrameHeaderBytes> header{};
  read(header);
  Received frame{format::parse_frame_header(header), {}};
  REQUIRE(frame.header.body_bytes <= 100U << 20);
  frame.body.resize(frame.header.body_bytes);
  read(frame.body);
  REQUIRE(format::check_frame(header, frame.header, frame.body) == format::FrameFault::none);
  return frame;
}

Received RawClient::receive(format::MessageKind kind, std::uint64_t request) {
  Received frame = receive();
  if (frame.kind() == format::MessageKind::error && kind != format::MessageKind::error) {
    FAIL(format::parse_error(frame.body).message());
  }
  REQUIRE(static_cast<int>(frame.kind()) == static_cast<int>(kind));
  REQUIRE(frame.header.request == request);
  return frame;
}

Error RawClient::receive_error(std::uint64_t request) {
  return format::parse_error(receive(format::MessageKind::error, request).body);
}

std::size_t RawClient::drain() {
  std::size_t bytes = 0;
  std::array<std::byte, 4096> buffer{};
  while (true) {
    wait(POLLIN);
    const ssize_t got = ::recv(socket_, buffer.data(), buffer.size(), 0);
    if (got <= 0) return bytes;
    bytes += static_cast<std::size_t>(got);
  }
}

void RawClient::shutdown_send() { ::shutdown(socket_, SHUT_WR); }

std::vector<EventView> events_in(const Received& frame) {
  const Result<format::ParsedEvents> parsed = format::parse_events(frame.body);
  REQUIRE(parsed);
  std::vector<EventView> events;
  std::span<const std::byte> records = parsed.assume_value().records;
  for (const format::Extent& extent : parsed.assume_value().extents) {
    FileOffset offset = extent.offset;
    for (std::uint32_t i = 0; i < extent.records; ++i) {
      const format::ParsedRecord record = format::parse_record(records, extent.salt, offset);
      REQUIRE(record.fault == format::RecordFault::none);
      events.push_back(record.record.event());
      offset = offset.plus(record.record.padded_bytes());
      records = records.subspan(record.record.padded_bytes());
    }
    REQUIRE(offset == extent.offset.plus(extent.bytes));
  }
  REQUIRE(records.empty());
  return events;
}

}  // namespace esker::server::test
