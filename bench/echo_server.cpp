#include "echo_server.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <thread>
#include <vector>

namespace esker::bench {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr std::size_t kEchoBytes = 64 << 10;
constexpr std::size_t kBulkBytes = 256 << 10;

const tcp::endpoint kAnyLoopbackPort(asio::ip::address_v4::loopback(), 0);

asio::awaitable<void> echo(tcp::socket socket) {
  constexpr auto token = asio::as_tuple(asio::use_awaitable);
  std::vector<std::byte> buffer(kEchoBytes);
  for (;;) {
    const auto [read_error, count] = co_await socket.async_read_some(asio::buffer(buffer), token);
    if (read_error) co_return;
    const auto [write_error, written] =
        co_await asio::async_write(socket, asio::buffer(buffer.data(), count), token);
    if (write_error) co_return;
  }
}

asio::awaitable<void> accept_all(tcp::acceptor& acceptor) {
  for (;;) {
    auto [error, socket] = co_await acceptor.async_accept(asio::as_tuple(asio::use_awaitable));
    if (error) co_return;
    socket.set_option(tcp::no_delay(true));
    const auto executor = socket.get_executor();
    asio::co_spawn(executor, echo(std::move(socket)), asio::detached);
  }
}

}  // namespace

class EchoServer::Running {
 public:
  explicit Running(unsigned threads) : acceptor_(context_, kAnyLoopbackPort) {
    asio::co_spawn(context_, accept_all(acceptor_), asio::detached);
    for (unsigned thread = 0; thread < threads; ++thread) {
      threads_.emplace_back([this] { context_.run(); });
    }
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running() { context_.stop(); }

  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  asio::io_context context_;
  tcp::acceptor acceptor_;
  std::vector<std::jthread> threads_;  // joined first, before what they use goes
};

EchoServer::EchoServer(unsigned threads) : running_(std::make_unique<Running>(threads)) {}
EchoServer::~EchoServer() = default;
std::uint16_t EchoServer::port() const { return running_->port(); }

Measured bulk_loopback(std::chrono::nanoseconds time) {
  asio::io_context context;
  tcp::acceptor acceptor(context, kAnyLoopbackPort);
  tcp::socket reader(context);
  reader.connect(acceptor.local_endpoint());
  tcp::socket writer = acceptor.accept();
  const std::jthread writing([&] {
    const std::vector<std::byte> buffer(kBulkBytes, std::byte{1});
    boost::system::error_code error;
    while (!error) asio::write(writer, asio::buffer(buffer), error);
  });
  std::vector<std::byte> buffer(kBulkBytes);
  Samples none;
  std::uint64_t bytes = 0;
  const auto begin = BenchClock::now();
  while (BenchClock::now() - begin < time) bytes += reader.read_some(asio::buffer(buffer));
  const auto elapsed = BenchClock::now() - begin;
  reader.close();
  return summarize(bytes / kBulkBytes, bytes, elapsed, none);
}

}  // namespace esker::bench
