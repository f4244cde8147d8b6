#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>
#include <future>

#include "base/host_port.hpp"
#include "client/connection.hpp"
#include "client/fake_server.hpp"

using namespace esker;
using tests::FakeServer;
using tests::Peer;

namespace {

Errc connect_error(FakeServer::Script script, ClientOptions options = {}) {
  FakeServer server({std::move(script)});
  ClientOptions to_it = server.options();
  if (options.connect_timeout != ClientOptions().connect_timeout) {
    to_it.connect_timeout = options.connect_timeout;
  }
  const Result<Client> client = Client::connect(to_it);
  REQUIRE(client.has_error());
  CHECK_FALSE(client.assume_error().message().empty());
  return client.assume_error().code();
}

/// Notes that the connection was welcomed, and that it was lost.
class Watcher final : public client::Connection::Listener {
 public:
  void on_welcome(const format::Welcome& /*welcome*/) override { welcomed_ = true; }
  void on_frame(client::Frame /*frame*/) override {}
  void on_lost(Error /*error*/) override { lost_ = true; }

  bool welcomed_ = false;
  bool lost_ = false;
};

void send_frame(client::Connection& connection, std::size_t bytes) {
  auto frame = std::make_shared<client::OutFrame>();
  frame->bytes.resize(bytes);
  connection.send(std::move(frame));
  connection.flush();
}

}  // namespace

TEST_SUITE("client") {
  TEST_CASE("connection: after the welcome requests are answered") {
    FakeServer server({[](Peer& peer) {
      peer.welcome();
      format::InfoReply reply;
      reply.info.head = Position(42);
      peer.send(peer.read(format::MessageKind::info).number, reply);
      peer.send(peer.read(format::MessageKind::ping).number, format::Pong{});
      peer.read_to_end();
    }});
    Result<Client> client = Client::connect(server.options());
    REQUIRE(client.has_value());
    const Result<StoreInfo> info = client.assume_value().info();
    REQUIRE(info.has_value());
    CHECK(info.assume_value().head == Position(42));
    CHECK(client.assume_value().ping().has_value());
  }

  TEST_CASE("connection: what the server answers to the hello is told") {
    for (const Errc code : {Errc::busy, Errc::not_supported, Errc::unavailable}) {
      CHECK(connect_error([code](Peer& peer) {
              peer.read(format::MessageKind::hello);
              peer.send_error(0, code);
            }) == code);
    }
    CHECK(connect_error([](Peer& peer) {
            peer.read(format::MessageKind::hello);
            peer.send_error(0, Errc::closed);
          }) == Errc::unavailable);
  }

  TEST_CASE("connection: a server that speaks something else is a breach of the protocol") {
    CHECK(connect_error([](Peer& peer) {
            peer.read(format::MessageKind::hello);
            peer.send_bytes(as_bytes("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"));
            peer.read_to_end();
          }) == Errc::protocol);
    CHECK(connect_error([](Peer& peer) { peer.send(0, format::Pong{}); }) == Errc::protocol);
    CHECK(connect_error([](Peer& peer) { peer.send(1, Peer::default_welcome()); }) ==
          Errc::protocol);
  }

  TEST_CASE("connection: a protocol version that was not offered is not supported") {
    CHECK(connect_error([](Peer& peer) {
            format::Welcome welcome = Peer::default_welcome();
            welcome.version = 2;
            peer.welcome(welcome);
            peer.read_to_end();
          }) == Errc::not_supported);
  }

  TEST_CASE("connection: a server that hangs up or says nothing is unavailable") {
    CHECK(connect_error([](Peer& peer) { peer.read(format::MessageKind::hello); }) ==
          Errc::unavailable);
    ClientOptions options;
    options.connect_timeout = std::chrono::milliseconds(30);
    CHECK(connect_error([](Peer& peer) { peer.read_to_end(); }, options) == Errc::unavailable);
  }

  TEST_CASE("connection: a server that takes a part of a long frame is alive") {
    std::promise<void> done;
    FakeServer server({[&done](Peer& peer) {
      peer.welcome();
      done.get_future().wait();
    }});
    boost::asio::io_context context;
    Watcher watcher;
    const auto connection = std::make_shared<client::Connection>(
        context.get_executor(), watcher, *base::parse_host_port(server.address()), 1U << 20);
    connection->open(std::chrono::seconds(10));
    while (!watcher.welcomed_ && !watcher.lost_) context.run_one();
    REQUIRE(watcher.welcomed_);
    const auto received = connection->last_received();
    send_frame(*connection, 24);
    context.poll();
    CHECK(connection->last_alive() == received);
    send_frame(*connection, 64U << 20);  // more than the operating system takes by itself
    while (connection->last_alive() == received && !watcher.lost_) context.run_one();
    CHECK(connection->last_alive() > received);
    connection->close();
    done.set_value();
    context.run();
  }

  TEST_CASE("connection: where nothing listens is unavailable and what is no address is refused") {
    ClientOptions options;
    {
      FakeServer server({});
      server.join();
      options = server.options();
    }
    const Result<Client> refused = Client::connect(options);
    REQUIRE(refused.has_error());
    CHECK(refused.assume_error().code() == Errc::unavailable);
    for (const char* const address : {"", "localhost", "localhost:0", "::1:7411", ":7411"}) {
      const Result<Client> client = Client::connect(address);
      REQUIRE(client.has_error());
      CHECK(client.assume_error().code() == Errc::invalid_argument);
    }
  }
}
