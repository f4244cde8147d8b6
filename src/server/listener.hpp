#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "esker/result.hpp"
#include "server/loop.hpp"
#include "server/shared.hpp"

namespace esker::server {

/// Takes connections that have been accepted. Threads: any.
class Taker {
 public:
  virtual ~Taker() = default;
  /// Whose sockets they become.
  [[nodiscard]] virtual boost::asio::io_context& context() = 0;
  virtual void deal(boost::asio::ip::tcp::socket socket) = 0;
};

/// Accepts connections at one address and deals them out. Runs on one loop; everything but `open` and `address` is called on its thread.
class Listener : public std::enable_shared_from_this<Listener> {
 public:
  /// Who gets the next connection; called on the listener's loop.
  using Pick = std::function<std::shared_ptr<Taker>()>;

  /// Binds to `address`, "HOST:PORT" with a numeric host or "localhost", and listens.
  /// Errors: `invalid_argument`, `io_error` (in use, not this machine's, not permitted).
  static Result<std::shared_ptr<Listener>> open(std::shared_ptr<Loop> loop,
                                                std::shared_ptr<Shared> shared,
                                                const std::string& address, Pick pick);

  /// As "127.0.0.1:7411", with the port that was given out.
  [[nodiscard]] std::string address() const;

  /// Accepts until `stop`.
  void start();
  void stop();

 private:
  Listener(std::shared_ptr<Loop> loop, std::shared_ptr<Shared> shared, Pick pick);

  boost::asio::awaitable<void> run(std::shared_ptr<Listener> self);
  /// Waits before the next attempt when `error` will not be gone by then.
  boost::asio::awaitable<void> back_off(boost::system::error_code error);

  const std::shared_ptr<Loop> loop_;
  const std::shared_ptr<Shared> shared_;
  const Pick pick_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer timer_;
  std::chrono::milliseconds wait_{0};  // 0 while accepting works
};

}  // namespace esker::server
