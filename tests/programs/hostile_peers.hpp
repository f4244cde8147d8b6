#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "esker/error.hpp"

namespace esker::support {

/// How a peer behaves that is slow, rude or broken.
struct Behaviour {
  enum class Ends : std::uint8_t {
    server,  ///< Stays until the server ends the connection.
    close,   ///< Goes when it has sent everything and been sent `enough_bytes`.
    reset,   ///< The same, with a reset.
    never,   ///< Stays as long as the peers live, and cannot see what the server does.
  };

  std::string name;
  /// What the peer of that number sends.
  std::function<std::vector<std::byte>(std::size_t peer)> bytes;
  Ends ends = Ends::server;
  bool one_by_one = false;  ///< Sends a byte at a time, with pauses.
  bool reads = true;
  std::size_t enough_bytes = 0;
};

/// What became of the peers of one behaviour.
struct Outcome {
  std::size_t peers = 0;
  std::size_t ended_by_server = 0;
  std::map<Errc, std::size_t>
      errors;  ///< Frames that said so, of those among the first bytes that came.
};

/// Many peers of a server, each with a connection, on one thread.
class HostilePeers {
 public:
  explicit HostilePeers(const std::string& address);
  /// Those that are still there go.
  ~HostilePeers();
  HostilePeers(const HostilePeers&) = delete;
  HostilePeers& operator=(const HostilePeers&) = delete;

  void add(Behaviour behaviour, std::size_t peers);

  /// Connects the peers of all behaviours, in turn, and lets them behave until none is left but those that stay. `on_tick` is called many
  /// times in between. The test fails when that takes longer than two minutes.
  void run(const std::function<void()>& on_tick);

  [[nodiscard]] const Outcome& outcome(const std::string& name) const { return outcomes_.at(name); }
  [[nodiscard]] const std::map<std::string, Outcome>& outcomes() const { return outcomes_; }

 private:
  static constexpr std::size_t kFirstBytesMax = 64U << 10;

  struct Peer {
    const Behaviour* behaviour = nullptr;
    int socket = -1;
    std::vector<std::byte> to_send;
    std::size_t sent = 0;
    std::chrono::steady_clock::time_point last_sent{};
    std::size_t received = 0;
    std::vector<std::byte> first_bytes{};  // of what came, up to kFirstBytesMax
  };

  void connect_some();
  void connect(const Behaviour& behaviour, std::size_t number);
  /// Lets each peer do what it can do now, after a pause when none can do anything.
  void step();
  /// False: the connection is over.
  bool step(Peer& peer, short events);
  bool send(Peer& peer);
  bool receive(Peer& peer);
  void end(Peer& peer, bool by_server);

  const std::uint16_t port_;
  std::deque<Behaviour> behaviours_;
  std::vector<std::pair<const Behaviour*, std::size_t>> to_connect_;  // the last one is next
  std::vector<Peer> peers_;
  std::map<std::string, Outcome> outcomes_;
};

}  // namespace esker::support
