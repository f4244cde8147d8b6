#include "programs/hostile_peers.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <span>

#include "base/assert.hpp"
#include "base/host_port.hpp"
#include "format/message.hpp"

namespace esker::support {
namespace {

constexpr std::chrono::seconds kPatience{120};
/// Connections made at a time, so that those that are there get their turns.
constexpr std::size_t kConnectAtOnce = 50;
/// Between the bytes of those that send one by one, and between calls of `on_tick`.
constexpr std::chrono::milliseconds kTick{20};

std::uint16_t port_of(const std::string& address) {
  const auto where = base::parse_host_port(address);
  ESKER_ASSERT_VALUES(where.has_value(), address);
  return where->port;
}

/// The errors among the frames that `bytes` begins with.
void count_errors(std::span<const std::byte> bytes, std::map<Errc, std::size_t>& errors) {
  while (bytes.size() >= format::kFrameHeaderBytes) {
    const auto header = format::parse_frame_header(bytes.first<format::kFrameHeaderBytes>());
    bytes = bytes.subspan(format::kFrameHeaderBytes);
    if (bytes.size() < header.body_bytes) return;
    if (static_cast<format::MessageKind>(header.kind) == format::MessageKind::error) {
      ++errors[format::parse_error(bytes.first(header.body_bytes)).code()];
    }
    bytes = bytes.subspan(header.body_bytes);
  }
}

}  // namespace

HostilePeers::HostilePeers(const std::string& address) : port_(port_of(address)) {}

HostilePeers::~HostilePeers() {
  for (const Peer& peer : peers_) ::close(peer.socket);
}

void HostilePeers::add(Behaviour behaviour, std::size_t peers) {
  const Behaviour& added = behaviours_.emplace_back(std::move(behaviour));
  outcomes_[added.name].peers += peers;
  for (std::size_t number = 0; number < peers; ++number) to_connect_.emplace_back(&added, number);
}

void HostilePeers::run(const std::function<void()>& on_tick) {
  // One of each kind in turn, so that all of them are there at once.
  std::stable_sort(to_connect_.begin(), to_connect_.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  const auto stays = [](const Peer& peer) {
    return peer.behaviour->ends == Behaviour::Ends::never && peer.sent == peer.to_send.size();
  };
  auto last_tick = std::chrono::steady_clock::now();
  while (!to_connect_.empty() || !std::ranges::all_of(peers_, stays)) {
    connect_some();
    step();
    const auto now = std::chrono::steady_clock::now();
    ESKER_ASSERT_VALUES(now < deadline, peers_.size(), peers_.back().behaviour->name);
    if (now - last_tick < kTick) continue;
    on_tick();
    last_tick = now;
  }
}

void HostilePeers::connect_some() {
  for (std::size_t i = 0; i < kConnectAtOnce && !to_connect_.empty(); ++i) {
    const auto [behaviour, number] = to_connect_.back();
    to_connect_.pop_back();
    connect(*behaviour, number);
  }
}

void HostilePeers::connect(const Behaviour& behaviour, std::size_t number) {
  Peer peer{.behaviour = &behaviour, .to_send = behaviour.bytes(number)};
  peer.socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ESKER_ASSERT_VALUES(peer.socket >= 0, std::strerror(errno));
  if (!behaviour.reads) {
    const int small = 4'096;  // so that the server's own buffers fill soon
    ::setsockopt(peer.socket, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  }
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port_);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const void* const any = &to;
  const int connected = ::connect(peer.socket, static_cast<const sockaddr*>(any), sizeof to);
  // Anything else is a reset by a server that has too many connections, which the next call tells again.
  ESKER_ASSERT_VALUES(connected == 0 || errno == ECONNRESET, std::strerror(errno));
  peers_.push_back(std::move(peer));
}

void HostilePeers::step() {
  std::vector<pollfd> ready;
  ready.reserve(peers_.size());
  for (const Peer& peer : peers_) {
    const bool sends = peer.sent < peer.to_send.size() && !peer.behaviour->one_by_one;
    const int events = (sends ? POLLOUT : 0) | (peer.behaviour->reads ? POLLIN : 0);
    // What wants nothing is not asked: it would be told of its end again and again.
    ready.push_back({events == 0 ? -1 : peer.socket, static_cast<short>(events), 0});
  }
  const int count = ::poll(ready.data(), ready.size(), static_cast<int>(kTick.count()));
  ESKER_ASSERT_VALUES(count >= 0, std::strerror(errno));
  // From the back, since one that is over changes places with the last one.
  for (std::size_t i = peers_.size(); i-- > 0;) {
    if (step(peers_[i], ready[i].revents)) continue;
    std::swap(peers_[i], peers_.back());
    peers_.pop_back();
  }
}

bool HostilePeers::step(Peer& peer, short events) {
  if (peer.sent < peer.to_send.size() && !send(peer)) return false;
  const bool hears = peer.behaviour->reads && (events & (POLLIN | POLLHUP | POLLERR)) != 0;
  if (hears && !receive(peer)) return false;
  const Behaviour& behaviour = *peer.behaviour;
  const bool leaves =
      behaviour.ends == Behaviour::Ends::close || behaviour.ends == Behaviour::Ends::reset;
  if (leaves && peer.sent == peer.to_send.size() && peer.received >= behaviour.enough_bytes) {
    end(peer, false);
    return false;
  }
  return true;
}

bool HostilePeers::send(Peer& peer) {
  std::span<const std::byte> rest = std::span(peer.to_send).subspan(peer.sent);
  if (peer.behaviour->one_by_one) {
    const auto now = std::chrono::steady_clock::now();
    if (now - peer.last_sent < kTick) return true;
    peer.last_sent = now;
    rest = rest.first(1);
  }
  const ssize_t sent = ::send(peer.socket, rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent > 0) peer.sent += static_cast<std::size_t>(sent);
  if (sent >= 0 || errno == EAGAIN) return true;
  // What the server has said before may still be there to be read.
  peer.sent = peer.to_send.size();
  if (peer.behaviour->reads) return true;
  end(peer, true);
  return false;
}

bool HostilePeers::receive(Peer& peer) {
  std::array<std::byte, 16U << 10> buffer;
  const ssize_t got = ::recv(peer.socket, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (got < 0 && errno == EAGAIN) return true;
  if (got <= 0) {
    end(peer, true);
    return false;
  }
  const auto bytes = std::span(buffer).first(static_cast<std::size_t>(got));
  peer.received += bytes.size();
  const std::size_t kept = std::min(bytes.size(), kFirstBytesMax - peer.first_bytes.size());
  peer.first_bytes.insert(peer.first_bytes.end(), bytes.begin(),
                          bytes.begin() + static_cast<std::ptrdiff_t>(kept));
  return true;
}

void HostilePeers::end(Peer& peer, bool by_server) {
  Outcome& outcome = outcomes_[peer.behaviour->name];
  if (by_server) ++outcome.ended_by_server;
  count_errors(peer.first_bytes, outcome.errors);
  if (peer.behaviour->ends == Behaviour::Ends::reset) {
    const linger at_once{1, 0};
    ::setsockopt(peer.socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }
  ::close(peer.socket);
}

}  // namespace esker::support
