#include "server/native/session.hpp"

#include <doctest/doctest.h>

#include "base/byte_order.hpp"
#include "server/served_store.hpp"

namespace esker::server::test {
namespace {

using format::MessageKind;
using std::chrono::milliseconds;

TEST_SUITE("server") {
  TEST_CASE("session: hello is answered by welcome with the server's limits") {
    ServerOptions options;
    options.connection_appends_max = 7;
    options.idle_timeout = milliseconds(12'345);
    const ServedStore served(options);
    RawClient client(served.address());
    client.send(0, format::Hello{1, 3, "test"});
    const Received frame = client.receive(MessageKind::welcome, 0);
    const auto welcome = must(format::parse_welcome(frame.body));
    CHECK(welcome.version == 1);
    CHECK(welcome.appends_max == 7);
    CHECK(welcome.idle_timeout_ms == 12'345);
    CHECK(welcome.frame_bytes_max == options.frame_bytes_max);
    CHECK(welcome.limits.commit_bytes_max == 512U << 10);
  }

  TEST_CASE("session: who speaks another protocol is told so and closed") {
    ServedStore served;
    const std::vector<std::string> beginnings = {
        "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", std::string(64, '\xff')};
    for (const std::string& beginning : beginnings) {
      RawClient client(served.address());
      client.send(beginning);
      CHECK(client.receive_error(0).code() == Errc::protocol);
      client.shutdown_send();
      CHECK(client.ended());
    }
    CHECK(served.server().stats().protocol_errors == beginnings.size());
  }

  TEST_CASE("session: a hello for other versions is answered by not_supported") {
    const ServedStore served;
    RawClient client(served.address());
    client.send(0, format::Hello{2, 9, "test"});
    CHECK(client.receive_error(0).code() == Errc::not_supported);
    client.shutdown_send();
    CHECK(client.ended());
  }

  TEST_CASE("session: a connection must begin with a right hello") {
    const ServedStore served;
    const auto refuses = [&](const std::vector<std::byte>& first) {
      RawClient client(served.address());
      client.send(first);
      const Errc code = client.receive_error(0).code();
      client.shutdown_send();
      return code == Errc::protocol && client.ended();
    };
    CHECK(refuses(frame_of(1, format::Ping{})));
    CHECK(refuses(frame_of(1, OneStream("a", 1).request())));
    CHECK(refuses(frame_of(1, format::Hello{})));
    CHECK(refuses(frame_of_kind(1, 0, as_bytes("no magic"))));
    CHECK(refuses(frame_of_kind(1, 0, {})));
  }

  TEST_CASE("session: who says nothing is closed after the handshake timeout") {
    ServerOptions options;
    options.handshake_timeout = milliseconds(30);
    const ServedStore served(options);
    RawClient client(served.address());
    CHECK(client.receive_error(0).code() == Errc::protocol);
    client.shutdown_send();
    CHECK(client.ended());
  }

  // F29.
  TEST_CASE("session: a frame that does not come to its end is given up") {
    ServerOptions options;
    options.frame_timeout = milliseconds(30);
    const ServedStore served(options);
    RawClient client = served.client();
    const std::vector<std::byte> frame = frame_of(1, OneStream("a", 1).request());
    client.send(std::span(frame).first(frame.size() - 1));
    CHECK(client.receive_error(0).code() == Errc::protocol);
    client.shutdown_send();
    CHECK(client.ended());
  }

  TEST_CASE("session: announcing much gives no more time, only sending it does") {
    ServerOptions options;
    options.frame_timeout = milliseconds(30);
    const ServedStore served(options);
    RawClient client = served.client();
    std::vector<std::byte> frame = frame_of(1, OneStream("a", 1).request());
    base::store_le(frame, 0, options.frame_bytes_max);
    client.send(frame);
    CHECK(client.receive_error(0).code() == Errc::protocol);
    client.shutdown_send();
    CHECK(client.ended());
  }

  TEST_CASE("session: an idle connection is closed, one that pings is not") {
    ServerOptions options;
    options.idle_timeout = milliseconds(100);
    const ServedStore served(options);
    RawClient idle = served.client();
    RawClient busy = served.client();
    const auto begin = std::chrono::steady_clock::now();
    for (std::uint64_t request = 1;
         std::chrono::steady_clock::now() - begin < 3 * options.idle_timeout; ++request) {
      busy.send(request, format::Ping{});
      busy.receive(MessageKind::pong, request);
    }
    CHECK(idle.receive_error(0).code() == Errc::closed);
    idle.shutdown_send();
    CHECK(idle.ended());
  }

  TEST_CASE("session: a peer that sends no more is answered before the connection ends") {
    const ServedStore served;
    RawClient client = served.client();
    client.send(1, OneStream("a", 1).request());
    client.send(2, format::Ping{});
    client.shutdown_send();
    // In either order.
    std::vector<std::uint64_t> answered{client.receive().header.request,
                                        client.receive().header.request};
    std::sort(answered.begin(), answered.end());
    CHECK(answered == std::vector<std::uint64_t>{1, 2});
    CHECK(client.ended());
  }

  // F29.
  TEST_CASE("session: peers that vanish leave nothing behind") {
    ServedStore served;
    served.append("a", 100);
    {
      RawClient vanishing = served.client();
      vanishing.send(1, format::SubscribeRequest{1U << 20, {}});
      vanishing.receive(MessageKind::events, 1);
      vanishing.send(2, OneStream("a", 1).request());
    }
    RawClient witness = served.client();
    served.ping_until(witness, [&] { return served.server().stats().connections == 1; });
    CHECK(served.server().stats().subscriptions == 0);
  }
}

}  // namespace
}  // namespace esker::server::test
