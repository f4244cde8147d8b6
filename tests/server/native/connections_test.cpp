#include "server/native/connections.hpp"

#include <doctest/doctest.h>

#include <optional>

#include "server/served_store.hpp"

namespace esker::server::test {
namespace {

using format::MessageKind;

TEST_SUITE("server") {
  // F31.
  TEST_CASE("connections: one too many is told so and closed, and finds room later") {
    ServerOptions options;
    options.connections_max = 2;
    ServedStore served(options);
    RawClient first = served.client();
    {
      const RawClient second = served.client();
      RawClient third(served.address());
      CHECK(third.receive_error(0).code() == Errc::busy);
      third.shutdown_send();
      CHECK(third.ended());
      CHECK(served.server().stats().connections_refused == 1);
    }
    served.ping_until(first, [&] { return served.server().stats().connections == 1; });
    RawClient fourth = served.client();
    fourth.send(1, format::Ping{});
    fourth.receive(MessageKind::pong, 1);
    CHECK(served.server().stats().connections == 2);
    CHECK(served.server().stats().connections_accepted == 4);
  }

  // F31.
  TEST_CASE("connections: those that are being refused take nobody's place") {
    ServerOptions options;
    options.connections_max = 2;
    ServedStore served(options);
    RawClient first = served.client();
    std::optional<RawClient> refused;
    {
      const RawClient second = served.client();
      refused.emplace(served.address());
      CHECK(refused->receive_error(0).code() == Errc::busy);
    }
    served.ping_until(first, [&] { return served.server().stats().connections <= 2; });
    RawClient third = served.client();
    third.send(1, format::Ping{});
    third.receive(MessageKind::pong, 1);
    CHECK(served.server().stats().connections_refused == 1);
  }

  TEST_CASE("connections: a refused peer that sends on and on is not listened to for long") {
    ServerOptions options;
    options.connections_max = 1;
    ServedStore served(options);
    RawClient first = served.client();
    RawClient second(served.address());
    const std::vector<std::byte> garbage(10'000, std::byte{0x55});
    while (second.send(garbage)) {
    }
    served.ping_until(first, [&] { return served.server().stats().connections == 1; });
  }

  // F31.
  TEST_CASE("connections: hundreds come and go, each served") {
    ServerOptions options;
    options.threads = 3;
    ServedStore served(options);
    std::vector<RawClient> clients;
    for (int i = 0; i < 200; ++i) {
      clients.push_back(RawClient(served.address()));
      clients.back().send(0, format::Hello{});
      clients.back().send(1, OneStream("s-" + std::to_string(i), 1).request());
    }
    for (RawClient& client : clients) {
      client.receive(MessageKind::welcome, 0);
      client.receive(MessageKind::appended, 1);
    }
    CHECK(served.server().stats().connections == 200);
    CHECK(served.store().info().head == Position(200));
  }
}

}  // namespace
}  // namespace esker::server::test
