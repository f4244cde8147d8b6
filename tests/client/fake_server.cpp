#include "client/fake_server.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/assert.hpp"
#include "format/record.hpp"
#include "support/commits.hpp"

namespace esker::tests {

SegmentPiece records(std::uint64_t first_position, std::uint64_t count, std::uint64_t first_version,
                     std::string_view stream, std::size_t data_bytes, const TagsView& tags) {
  SegmentPiece piece;
  piece.extent.salt = format::Salt(0x5a17);
  piece.extent.offset = FileOffset(4096 + 8 * first_position);
  piece.extent.records = static_cast<std::uint32_t>(count);
  const std::vector<std::byte> data(data_bytes, std::byte{'x'});
  for (std::uint64_t i = 0; i < count; ++i) {
    const NewEvent event{id_of(first_position + i), "happened", data, {}, tags};
    const std::size_t at = piece.bytes.size();
    piece.bytes.resize(at + format::record_bytes(stream, event));
    format::RecordStamp stamp;
    stamp.position = Position(first_position + i);
    stamp.version = Version((first_version == 0 ? first_position : first_version) + i);
    stamp.time = Timestamp(1);
    stamp.commit_end = true;
    format::encode_record(std::span(piece.bytes).subspan(at), piece.extent.salt,
                          piece.extent.offset.plus(at), stream, event, stamp);
  }
  piece.extent.bytes = static_cast<std::uint32_t>(piece.bytes.size());
  return piece;
}

// --- Peer ---

Peer::~Peer() { ::close(socket_); }

bool Peer::receive(std::span<std::byte> into) {
  while (!into.empty()) {
    const ssize_t got = ::recv(socket_, into.data(), into.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      FAIL_CHECK("the client sent nothing for ten seconds");
      return false;
    }
    if (got <= 0) return false;
    into = into.subspan(static_cast<std::size_t>(got));
  }
  return true;
}

ReceivedFrame Peer::read(bool pings) {
  for (;;) {
    std::array<std::byte, format::kFrameHeaderBytes> header_bytes{};
    if (!receive(header_bytes)) return {};
    const format::FrameHeader header = format::parse_frame_header(header_bytes);
    std::vector<std::byte> body(header.body_bytes);
    if (!receive(body)) return {};
    CHECK(format::check_frame(header_bytes, header, body) == format::FrameFault::none);
    const auto kind = static_cast<format::MessageKind>(header.kind);
    if (kind == format::MessageKind::ping && !pings) continue;
    return {kind, header.request, std::move(body)};
  }
}

ReceivedFrame Peer::read(format::MessageKind kind) {
  ReceivedFrame frame = read(kind == format::MessageKind::ping);
  CHECK(frame.kind == kind);
  return frame;
}

void Peer::read_to_end() {
  while (read().kind != format::MessageKind{}) {
  }
}

format::Welcome Peer::default_welcome() {
  format::Welcome welcome;
  welcome.store_id = id_of(77);
  welcome.incarnation = Incarnation(5);
  welcome.frame_bytes_max = 1U << 20;
  welcome.appends_max = 1000;
  welcome.idle_timeout_ms = 60'000;
  welcome.server = "fake";
  return welcome;
}

void Peer::welcome(const format::Welcome& welcome) {
  const ReceivedFrame hello = read(format::MessageKind::hello);
  CHECK(hello.number == 0);
  CHECK(format::parse_hello(hello.body).has_value());
  send(0, welcome);
}

void Peer::send_error(std::uint64_t number, Errc code, std::string message) {
  const Error error(code, std::move(message));
  send(number, format::ErrorReply{error});
}

void Peer::send_events(std::uint64_t number, const SegmentPiece& piece) {
  const std::span<const std::byte> bytes = piece.bytes;
  std::vector<std::byte> frame(format::events_head_bytes(1));
  format::encode_events_head(frame, number, std::span(&piece.extent, 1), std::span(&bytes, 1));
  frame.insert(frame.end(), bytes.begin(), bytes.end());
  send_bytes(frame);
}

void Peer::send_appended(std::uint64_t number, std::uint64_t position) {
  format::Appended appended;
  appended.result.streams.push_back(
      {Version(position), Version(position), Position(position), Position(position)});
  send(number, appended);
}

void Peer::send_bytes(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;  // the client has gone, as some cases want
    bytes = bytes.subspan(static_cast<std::size_t>(sent));
  }
}

// --- FakeServer ---

FakeServer::FakeServer(std::vector<Script> scripts)
    : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  ESKER_ASSERT(listener_ >= 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  auto* const generic = static_cast<sockaddr*>(static_cast<void*>(&address));
  ESKER_ASSERT(::bind(listener_, generic, length) == 0);
  ESKER_ASSERT(::listen(listener_, 16) == 0);
  ESKER_ASSERT(::getsockname(listener_, generic, &length) == 0);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this, scripts = std::move(scripts)] { run(scripts); });
}

FakeServer::~FakeServer() {
  ::shutdown(listener_, SHUT_RDWR);
  join();
  ::close(listener_);
}

void FakeServer::join() {
  if (thread_.joinable()) thread_.join();
}

void FakeServer::run(const std::vector<Script>& scripts) {
  for (const Script& script : scripts) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    const timeval timeout{10, 0};
    ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    Peer peer(socket);
    script(peer);
  }
  ::shutdown(listener_, SHUT_RDWR);
}

std::string FakeServer::address() const { return "127.0.0.1:" + std::to_string(port_); }

ClientOptions FakeServer::options() const {
  ClientOptions options;
  options.server = address();
  options.connect_timeout = std::chrono::seconds(10);
  options.request_timeout = std::chrono::seconds(10);
  options.backoff_min = std::chrono::milliseconds(1);
  options.backoff_max = std::chrono::milliseconds(5);
  return options;
}

}  // namespace esker::tests
