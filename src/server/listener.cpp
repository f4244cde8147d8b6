#include "server/listener.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>

#include "base/host_port.hpp"

namespace esker::server {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr auto kUseAwaitable = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::milliseconds kWaitMin{10};
constexpr std::chrono::milliseconds kWaitMax{1'000};

/// The peer was gone before it was accepted: nothing that waiting would mend.
bool of_the_peer(const boost::system::error_code& error) {
  return error == asio::error::connection_aborted || error == asio::error::connection_reset ||
         error == asio::error::interrupted || error.value() == EPROTO;
}

Error listen_error(const std::string& address, const boost::system::error_code& error) {
  return {Errc::io_error,
          "cannot listen on " + address + ": " + error.message() + "; choose another address"};
}

}  // namespace

Listener::Listener(std::shared_ptr<Loop> loop, std::shared_ptr<Shared> shared, Pick pick)
    : loop_(std::move(loop)),
      shared_(std::move(shared)),
      pick_(std::move(pick)),
      acceptor_(loop_->context()),
      timer_(loop_->context()) {}

Result<std::shared_ptr<Listener>> Listener::open(std::shared_ptr<Loop> loop,
                                                 std::shared_ptr<Shared> shared,
                                                 const std::string& address, Pick pick) {
  std::optional<base::HostPort> where = base::parse_host_port(address);
  if (where && where->host == "localhost") where->host = "127.0.0.1";
  boost::system::error_code error;
  const asio::ip::address host =
      where ? asio::ip::make_address(where->host, error) : asio::ip::address();
  if (!where || error) {
    return Error(Errc::invalid_argument,
                 "cannot listen on \"" + address + "\": not ADDRESS:PORT with a numeric address");
  }
  std::shared_ptr<Listener> listener(
      new Listener(std::move(loop), std::move(shared), std::move(pick)));
  const tcp::endpoint endpoint(host, where->port);
  tcp::acceptor& acceptor = listener->acceptor_;
  if (acceptor.open(endpoint.protocol(), error); error) return listen_error(address, error);
  // A server that is started again must not wait for the connections of the one before to be forgotten.
  if (acceptor.set_option(tcp::acceptor::reuse_address(true), error); error) {
    return listen_error(address, error);
  }
  if (acceptor.bind(endpoint, error); error) return listen_error(address, error);
  if (acceptor.listen(asio::socket_base::max_listen_connections, error); error) {
    return listen_error(address, error);
  }
  return listener;
}

std::string Listener::address() const {
  boost::system::error_code ignored;  // a listening socket has an address
  const tcp::endpoint endpoint = acceptor_.local_endpoint(ignored);
  return base::to_string({endpoint.address().to_string(), endpoint.port()});
}

void Listener::start() {
  asio::co_spawn(loop_->context(), run(shared_from_this()), asio::detached);
}

void Listener::stop() {
  boost::system::error_code ignored;  // closed either way
  acceptor_.close(ignored);
  timer_.cancel();
}

asio::awaitable<void> Listener::run([[maybe_unused]] std::shared_ptr<Listener> self) {
  while (acceptor_.is_open()) {
    const std::shared_ptr<Taker> taker = pick_();
    auto [error, socket] = co_await acceptor_.async_accept(taker->context(), kUseAwaitable);
    if (!error) {
      wait_ = {};
      shared_->connections_accepted.fetch_add(1, std::memory_order_relaxed);
      taker->deal(std::move(socket));
    } else if (acceptor_.is_open()) {
      co_await back_off(error);
    }
  }
}

asio::awaitable<void> Listener::back_off(boost::system::error_code error) {
  shared_->accept_errors.fetch_add(1, std::memory_order_relaxed);
  if (of_the_peer(error)) co_return;
  // Said once until accepting works again: a server out of descriptors must not fill its log, too.
  if (wait_.count() == 0) {
    shared_->log(LogLevel::error, "cannot accept connections at " + address() + ": " +
                                      error.message() + "; trying again");
  }
  wait_ = std::clamp(wait_ * 2, kWaitMin, kWaitMax);
  timer_.expires_after(wait_);
  co_await timer_.async_wait(kUseAwaitable);
}

}  // namespace esker::server
