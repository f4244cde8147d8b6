#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

#include "esker/store.hpp"
#include "server/peer_log.hpp"
#include "server/request_memory.hpp"
#include "server/server.hpp"
#include "server/trouble_log.hpp"

namespace esker::server {

/// What all connections of a server have in common: its options, the store, and what is counted and bounded over all of them. Lives
/// until the last connection, and the last append of one, is done. Threads: any.
struct Shared {
  Shared(Store& served, ServerOptions chosen, Logger to)
      : store(served),
        options(std::move(chosen)),
        logger(std::move(to)),
        request_memory(options.request_bytes_max) {}

  void log(LogLevel level, std::string_view line) const {
    if (logger) logger(level, line);
  }

  /// Logs why an append failed, when that is news for whoever runs the server.
  void tell_of_trouble(const Error& error) {
    if (!troubles.is_news(error, std::chrono::steady_clock::now())) return;
    log(LogLevel::error, "an append failed: " + error.message());
  }

  /// Counts a peer that is sent away, and logs why.
  void tell_of_peer(std::string_view peer, std::string_view reason) {
    protocol_errors.fetch_add(1, std::memory_order_relaxed);
    const auto left_out = peer_log.admit(std::chrono::steady_clock::now());
    if (!left_out) return;
    std::string line = std::string(peer).append(": closing the connection: ").append(reason);
    if (*left_out != 0)
      line += "; " + std::to_string(*left_out) + " more before it were not logged";
    log(LogLevel::info, line);
  }

  Store& store;
  const ServerOptions options;
  const Logger logger;
  RequestMemory request_memory;
  TroubleLog troubles;
  PeerLog peer_log;

  // Counters: nothing is concluded from one about another, so relaxed order does.
  std::atomic<std::uint64_t> connections{0};
  std::atomic<std::uint64_t> connections_told{
      0};  ///< Of these: those that are told that there are too many.
  std::atomic<std::uint64_t> connections_accepted{0};
  std::atomic<std::uint64_t> connections_refused{0};
  std::atomic<std::uint64_t> accept_errors{0};
  std::atomic<std::uint64_t> protocol_errors{0};
  std::atomic<std::uint64_t> subscriptions{0};
  std::atomic<std::uint64_t> requests{0};
};

}  // namespace esker::server
