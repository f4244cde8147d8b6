#pragma once

#include <memory>
#include <string>
#include <vector>

#include "esker/result.hpp"
#include "server/server.hpp"

namespace esker::server {

/// Serves a store over gRPC as EventStoreDB's and KurrentDB's clients speak it (README.md, "Coming from EventStoreDB or KurrentDB").
///
/// Has threads of its own. All functions may be called from any thread but those of the server and the store.
class GrpcServer {
 public:
  /// Listens and begins to serve. `options` are of the same kind as the native server's, with addresses of their own; what is said there
  /// of connections and their appends holds for calls. `descriptors_max`: of those, as many as the process may have are left to others.
  /// `store` must be open and outlive the server.
  /// Errors: `invalid_argument` (an address), `io_error` (in use or not this machine's). Nothing goes on after an error.
  static Result<GrpcServer> start(Store& store, const ServerOptions& options, Logger logger);

  GrpcServer(GrpcServer&&) noexcept;
  GrpcServer& operator=(GrpcServer&&) noexcept;
  /// Stops, when `stop` has not been called.
  ~GrpcServer();

  /// Where it listens, as "127.0.0.1:2113", in the order of `ServerOptions::listen` and with the ports that were given out.
  [[nodiscard]] const std::vector<std::string>& addresses() const;

  /// How many calls have been begun that did something.
  [[nodiscard]] std::uint64_t requests() const;

  /// Takes no more connections and calls, ends reads and subscriptions with an error, waits until the appends that were accepted are
  /// answered, at most `stop_timeout`, then closes all connections. Blocks until then. A second call does nothing.
  void stop();

 private:
  class Core;
  explicit GrpcServer(std::unique_ptr<Core> core);

  std::unique_ptr<Core> core_;
};

}  // namespace esker::server
