#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "esker/result.hpp"

namespace esker {
class Store;
}

namespace esker::server {

enum class LogLevel : std::uint8_t { debug, info, warning, error };

/// Where the server's lines go, one call a line, without a line feed. Called from several threads at once; must not block for long.
using Logger = std::function<void(LogLevel, std::string_view)>;

/// How a server serves. Every bound is per server unless it says otherwise; what goes beyond one is answered with an error
/// that says so, or waits, and nothing else is disturbed.
struct ServerOptions {
  /// Where to listen, each "HOST:PORT" or "[IPV6]:PORT"; port 0 takes a free one. Not resolved: numbers and "localhost" only.
  std::vector<std::string> listen{"127.0.0.1:7411"};

  /// Threads that serve connections; 0: one less than there are cores, but 1 to 4. Each connection stays with one of them.
  std::size_t threads = 0;

  std::size_t connections_max = 1'024;  ///< More are told `busy` and closed.
  std::size_t subscriptions_max =
      10'000;  ///< Reads and subscriptions under way, over all connections. More are `busy`.
  std::size_t connection_subscriptions_max = 256;  ///< The same, for one connection.

  /// The longest request frame; a longer one is refused before anything is allocated for it. Must hold the largest commit.
  std::uint32_t frame_bytes_max = 72U << 20;

  /// Appends of one connection that are not answered yet. When there are more, the server stops reading from it.
  std::size_t connection_appends_max = 1'024;
  /// Bytes of their frames that one connection may hold without asking for shared memory.
  std::size_t connection_request_bytes = 64U << 10;
  /// Shared memory for request frames beyond that, over all connections. When it is used up, connections wait for their turn.
  std::uint64_t request_bytes_max = 256ULL << 20;

  /// Answers of one connection that its peer has not taken, in bytes. When there are more, the server stops reading from it, and
  /// reads and subscriptions of it wait. Events are not copied, so they do not count: they are sent from the mapped log.
  std::size_t connection_answer_bytes = 64U << 10;
  /// Events of one frame, in bytes; a single larger event goes alone. At most two such frames of a connection are under way.
  std::size_t events_frame_bytes = 256U << 10;

  std::chrono::milliseconds handshake_timeout{
      5'000};  ///< From accepting a connection to its `hello`.
  /// From a frame's first byte to its last, and one second more for each 256 KiB of it that have come.
  std::chrono::milliseconds frame_timeout{30'000};
  std::chrono::milliseconds idle_timeout{
      60'000};  ///< Without any frame from the peer; a ping is one.
  std::chrono::milliseconds write_timeout{
      30'000};  ///< While the peer takes nothing of what waits for it.
  std::chrono::milliseconds stop_timeout{
      10'000};  ///< How long `stop` waits for answers to be given and taken.

  /// A subscription that looks at events and finds none that match says how far it has got this often, and every `progress_events`.
  std::chrono::milliseconds progress_interval{1'000};
  std::uint64_t progress_events = 100'000;
  /// A subscription about which nothing has been sent for so long says how far it has got although that is nothing new, so that its client
  /// can tell a quiet log from a stalled subscription (`ClientOptions::stall_timeout`).
  std::chrono::milliseconds heartbeat_interval{5'000};
};

/// What the server's buffers can take at most with these options, in bytes: input, requests and answers of all connections. The
/// store's own bounds (`StoreOptions`) come on top; the mapped log is page cache and does not count.
std::uint64_t memory_bytes_max(const ServerOptions& options);

/// How many connections a process that may have `descriptors_max` file descriptors can serve: `connections_max`, or as many as leave
/// enough for the store, the listeners and the threads. 0: not even one.
std::size_t connections_within(const ServerOptions& options, std::uint64_t descriptors_max);

/// The server in numbers since its start; each is read by itself.
struct ServerStats {
  std::uint64_t connections = 0;  ///< Open now.
  std::uint64_t connections_accepted = 0;
  std::uint64_t connections_refused = 0;  ///< Over `connections_max`.
  std::uint64_t accept_errors = 0;        ///< Such as too many open files.
  std::uint64_t protocol_errors =
      0;  ///< Connections closed because the peer broke the protocol or a timeout.
  std::uint64_t subscriptions = 0;  ///< Reads and subscriptions under way now.
  std::uint64_t requests = 0;
  std::uint64_t request_bytes = 0;  ///< Of the shared memory, in use now.
};

/// Serves a store over the native protocol (format-spec.md, "Native protocol").
///
/// Has threads of its own. All functions may be called from any thread but those of the server and the store.
class Server {
 public:
  /// Listens and begins to serve. `store` must be open and outlive the server.
  /// Errors: `invalid_argument` (an address or option; the message says which), `io_error` (an address in use or not this
  /// machine's, no descriptors or threads). Nothing goes on after an error.
  static Result<Server> start(Store& store, const ServerOptions& options, Logger logger);

  Server(Server&&) noexcept;
  Server& operator=(Server&&) noexcept;
  /// Stops, when `stop` has not been called.
  ~Server();

  /// Where it listens, as "127.0.0.1:7411", in the order of `ServerOptions::listen` and with the ports that were given out.
  [[nodiscard]] const std::vector<std::string>& addresses() const;

  [[nodiscard]] ServerStats stats() const;

  /// Finishes what was accepted: takes no more connections and requests, ends reads and subscriptions with `closed`, waits until the
  /// appends that were accepted are answered and the answers are taken, at most `stop_timeout`, then closes all connections. Blocks until
  /// then. A second call does nothing. The store stays open.
  void stop();

 private:
  class Core;
  explicit Server(std::unique_ptr<Core> core);

  std::unique_ptr<Core> core_;
};

}  // namespace esker::server
