#include "programs/relay.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "base/assert.hpp"
#include "base/host_port.hpp"

namespace esker::support {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr auto kUseAwaitable = asio::as_tuple(asio::use_awaitable);
/// Of both directions together, the handshake included, which some connections do not survive.
constexpr std::uint64_t kBytesMax = 256U << 10;

tcp::endpoint endpoint_of(const std::string& address) {
  const auto where = base::parse_host_port(address);
  ESKER_ASSERT_VALUES(where.has_value(), address);
  return {asio::ip::make_address(where->host), where->port};
}

}  // namespace

struct Relay::Connection {
  Socket client;
  Socket server;
  std::uint64_t bytes_left;  // until it is cut

  void cut() {
    boost::system::error_code ignored;  // it may be gone already
    for (Socket* const socket : {&client, &server}) {
      socket->set_option(asio::socket_base::linger(true, 0), ignored);
      socket->close(ignored);
    }
  }
};

Relay::Relay(const std::string& server, std::uint64_t seed)
    : acceptor_(context_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
      server_(endpoint_of(server)),
      random_(seed) {
  asio::co_spawn(context_, accept(), asio::detached);
  thread_ = std::thread([this] { context_.run(); });
}

Relay::~Relay() {
  context_.stop();
  thread_.join();
}

std::string Relay::address() const {
  return "127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
}

asio::awaitable<void> Relay::accept() {
  for (;;) {
    auto [error, client] = co_await acceptor_.async_accept(kUseAwaitable);
    if (error) co_return;
    const auto connection = std::make_shared<Connection>(
        Connection{std::move(client), Socket(context_), 1 + random_() % kBytesMax});
    auto [refused] = co_await connection->server.async_connect(server_, kUseAwaitable);
    if (refused) continue;
    asio::co_spawn(context_, forward(connection, connection->client, connection->server),
                   asio::detached);
    asio::co_spawn(context_, forward(connection, connection->server, connection->client),
                   asio::detached);
  }
}

asio::awaitable<void> Relay::forward(std::shared_ptr<Connection> connection, Socket& from,
                                     Socket& to) {
  std::array<std::byte, 4096> bytes;
  for (;;) {
    auto [ended, count] = co_await from.async_read_some(asio::buffer(bytes), kUseAwaitable);
    if (ended || connection->bytes_left == 0) break;  // the other direction may have used it up
    const std::size_t passed = std::min<std::uint64_t>(count, connection->bytes_left);
    connection->bytes_left -= passed;
    const bool used_up = connection->bytes_left == 0;
    auto [gone, written] =
        co_await asio::async_write(to, asio::buffer(bytes, passed), kUseAwaitable);
    if (used_up) ++cuts_;
    if (gone || used_up) break;
  }
  connection->cut();
}

}  // namespace esker::support
