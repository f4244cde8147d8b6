#include "load_generator.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <deque>
#include <exception>
#include <memory>

namespace esker::bench {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr std::size_t kReadBytes = 64 << 10;

class Connection {
 public:
  Connection(asio::io_context& context, std::unique_ptr<Dialogue> dialogue, int in_flight)
      : socket_(context), dialogue_(std::move(dialogue)), in_flight_(in_flight) {}

  void connect(std::uint16_t port) {
    socket_.connect({asio::ip::address_v4::loopback(), port});
    socket_.set_option(tcp::no_delay(true));
  }

  asio::awaitable<void> greet() {
    dialogue_->greet(out_);
    co_await send();
    while (take_frame().empty()) co_await receive();
  }

  asio::awaitable<void> run(BenchClock::time_point deadline) {
    for (int request = 0; request < in_flight_; ++request) dialogue_->request(out_);
    sent_.assign(static_cast<std::size_t>(in_flight_), BenchClock::now());
    co_await send();
    while (!sent_.empty()) {
      co_await receive();
      const auto now = BenchClock::now();
      for (auto answer = take_frame(); !answer.empty(); answer = take_frame()) {
        dialogue_->check(answer);
        samples.add(now - sent_.front());
        sent_.pop_front();
        if (now >= deadline) continue;
        dialogue_->request(out_);
        sent_.push_back(now);
      }
      if (!out_.empty()) co_await send();
    }
  }

  Samples samples;

 private:
  asio::awaitable<void> send() {
    co_await asio::async_write(socket_, asio::buffer(out_), asio::use_awaitable);
    out_.clear();
  }

  asio::awaitable<void> receive() {
    in_.erase(in_.begin(), in_.begin() + static_cast<std::ptrdiff_t>(taken_));
    taken_ = 0;
    const std::size_t held = in_.size();
    in_.resize(held + kReadBytes);
    const std::size_t count = co_await socket_.async_read_some(
        asio::buffer(in_.data() + held, kReadBytes), asio::use_awaitable);
    in_.resize(held + count);
  }

  /// The next whole frame of what has been received; empty when there is none. Valid until `receive`.
  std::span<const std::byte> take_frame() {
    const auto rest = std::span(in_).subspan(taken_);
    const std::size_t bytes = dialogue_->frame_bytes(rest);
    if (bytes == 0 || bytes > rest.size()) return {};
    taken_ += bytes;
    return rest.first(bytes);
  }

  tcp::socket socket_;
  std::unique_ptr<Dialogue> dialogue_;
  int in_flight_;
  std::vector<std::byte> out_;
  std::vector<std::byte> in_;
  std::size_t taken_ = 0;  // of `in_`
  std::deque<BenchClock::time_point> sent_;
};

/// Runs one coroutine of each connection to its end.
template <class Start>
void run_all(asio::io_context& context, const std::vector<std::unique_ptr<Connection>>& connections,
             Start start) {
  std::exception_ptr failed;
  for (const auto& connection : connections) {
    asio::co_spawn(context, start(*connection), [&](std::exception_ptr error) {
      if (error && !failed) failed = error;
      if (error) context.stop();
    });
  }
  context.restart();
  context.run();
  if (failed) std::rethrow_exception(failed);
}

}  // namespace

Measured run_load(const NetworkLoad& load, const MakeDialogue& make,
                  std::chrono::nanoseconds time) {
  asio::io_context context(1);
  std::vector<std::unique_ptr<Connection>> connections;
  for (int number = 0; number < load.connections; ++number) {
    connections.push_back(std::make_unique<Connection>(
        context, make(static_cast<std::uint64_t>(number)), load.in_flight));
    connections.back()->connect(load.port);
  }
  run_all(context, connections, [](Connection& connection) { return connection.greet(); });
  const auto begin = BenchClock::now();
  run_all(context, connections,
          [&](Connection& connection) { return connection.run(begin + time); });
  const auto elapsed = BenchClock::now() - begin;
  Samples all;
  for (const auto& connection : connections) all.add(connection->samples);
  return summarize(all.count(), 0, elapsed, all);
}

}  // namespace esker::bench
