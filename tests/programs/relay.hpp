#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <thread>

namespace esker::support {

/// Stands between clients and a server as a bad network does: it cuts each connection after some kilobytes of either direction, mostly
/// in the middle of a frame.
class Relay {
 public:
  /// `server` is where connections lead; `seed` says when they are cut.
  Relay(const std::string& server, std::uint64_t seed);
  /// Cuts what there still is.
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  /// Where clients connect to.
  [[nodiscard]] std::string address() const;
  /// How many connections it has cut.
  [[nodiscard]] std::uint64_t cuts() const { return cuts_; }

 private:
  using Socket = boost::asio::ip::tcp::socket;
  struct Connection;

  boost::asio::awaitable<void> accept();
  boost::asio::awaitable<void> forward(std::shared_ptr<Connection> connection, Socket& from,
                                       Socket& to);

  boost::asio::io_context context_{1};
  boost::asio::ip::tcp::acceptor acceptor_;
  const boost::asio::ip::tcp::endpoint server_;
  std::mt19937_64 random_;
  std::atomic<std::uint64_t> cuts_ = 0;
  std::thread thread_;
};

}  // namespace esker::support
