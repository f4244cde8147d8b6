#pragma once

#include <algorithm>
#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include "esker/function.hpp"
#include "server/listener.hpp"
#include "server/loop.hpp"
#include "server/shared.hpp"

namespace esker::server {

class Session;

/// The connections that one loop serves, and the one timer that watches all their deadlines: nothing is set or cancelled for a
/// single request. Everything runs on the loop's thread unless it says otherwise.
class Connections : public Taker, public std::enable_shared_from_this<Connections> {
 public:
  Connections(std::shared_ptr<Loop> loop, std::shared_ptr<Shared> shared);
  ~Connections() override;

  /// Of connections beyond `connections_max`: how many are kept for a moment, to be told why.
  static constexpr std::uint64_t told_max(std::uint64_t connections_max) {
    return std::max<std::uint64_t>(16, connections_max / 16);
  }

  /// Takes a new connection, whose socket belongs to the loop, and serves it there or tells it that there are too many. Any thread.
  void deal(boost::asio::ip::tcp::socket socket) override;

  /// How many there are, dealt ones included. Any thread.
  [[nodiscard]] std::uint64_t count() const { return count_.load(std::memory_order_relaxed); }
  /// Any thread.
  [[nodiscard]] boost::asio::io_context& context() override { return loop_->context(); }

  /// Lets all connections finish what they have accepted and close; `done` is called when there are none left. Those added
  /// later are closed at once.
  void stop(UniqueFunction<void()> done);

  /// Closes all connections now.
  void abort();

  /// A connection is over; it is not looked at again.
  void remove(Session& session);

 private:
  void add(boost::asio::ip::tcp::socket socket);
  void uncount();
  /// Gives back what a crowd has taken when it has gone.
  void release_memory();
  void schedule_tick();
  void tick();
  void finish_if_empty();

  const std::shared_ptr<Loop> loop_;
  const std::shared_ptr<Shared> shared_;
  const std::chrono::milliseconds tick_interval_;
  boost::asio::steady_timer timer_;
  std::atomic<std::uint64_t> count_{0};
  std::vector<std::shared_ptr<Session>> sessions_;  // each knows its place
  std::size_t most_ = 0;                            // sessions since memory was last given back
  bool ticking_ = false;
  bool stopping_ = false;
  UniqueFunction<void()> done_;
};

}  // namespace esker::server
