#include "server/server.hpp"

#include <doctest/doctest.h>

#include <functional>

#include "server/served_store.hpp"

namespace esker::server::test {
namespace {

using format::MessageKind;
using std::chrono::milliseconds;

TEST_SUITE("server") {
  TEST_CASE("server: options that cannot work are refused") {
    ServedStore served;
    const auto refused = [&](const std::function<void(ServerOptions&)>& change) {
      ServerOptions options;
      options.listen = {"127.0.0.1:0"};
      change(options);
      const Result<Server> server = Server::start(served.store(), options, Logger());
      return !server && server.assume_error().code() == Errc::invalid_argument;
    };
    CHECK(refused([](ServerOptions& o) { o.listen.clear(); }));
    CHECK(refused([](ServerOptions& o) { o.threads = 257; }));
    CHECK(refused([](ServerOptions& o) { o.connections_max = 0; }));
    CHECK(refused([](ServerOptions& o) { o.subscriptions_max = 0; }));
    CHECK(refused([](ServerOptions& o) { o.connection_subscriptions_max = 0; }));
    CHECK(refused([](ServerOptions& o) { o.connection_appends_max = 0; }));
    CHECK(refused([](ServerOptions& o) { o.events_frame_bytes = 0; }));
    CHECK(refused([](ServerOptions& o) { o.frame_bytes_max = 512U << 10; }));  // the commit alone
    CHECK(refused([](ServerOptions& o) { o.request_bytes_max = o.frame_bytes_max - 1; }));
    CHECK(refused([](ServerOptions& o) { o.idle_timeout = milliseconds(0); }));
    CHECK(refused([](ServerOptions& o) { o.idle_timeout = std::chrono::hours(10'000); }));
    CHECK(refused([](ServerOptions& o) { o.write_timeout = milliseconds(-1); }));
  }

  TEST_CASE("server: the bound on memory grows with each option it depends on") {
    const std::uint64_t usual = memory_bytes_max({});
    CHECK(usual > ServerOptions().request_bytes_max);
    ServerOptions options;
    options.connections_max *= 2;
    CHECK(memory_bytes_max(options) > usual);
    options = {};
    options.connection_appends_max *= 2;
    CHECK(memory_bytes_max(options) > usual);
    options = {};
    options.request_bytes_max += 1;
    CHECK(memory_bytes_max(options) > usual);
  }

  // F11.
  TEST_CASE("server: as many connections as there are descriptors for, beside the store's own") {
    ServerOptions options;
    options.connections_max = 1'000;
    CHECK(connections_within(options, 1ULL << 40) == 1'000);
    CHECK(connections_within(options, 3) == 0);
    std::size_t before = 0;
    for (std::uint64_t descriptors = 0; descriptors <= 2'000; ++descriptors) {
      const std::size_t connections = connections_within(options, descriptors);
      CHECK(connections <= descriptors);
      CHECK(connections >= before);
      before = connections;
    }
    CHECK(before == 1'000);
    CHECK(connections_within(options, 1'024) < 1'000);  // some are for others
    CHECK(connections_within(options, 1'024) > 800);
  }

  TEST_CASE("server: stopping answers what was accepted, and ends reads and subscriptions") {
    ServedStore served;
    RawClient subscriber = served.client();
    subscriber.send(1, format::SubscribeRequest{1U << 20, {.selector = Selector::stream("none")}});
    subscriber.receive(MessageKind::progress, 1);
    RawClient writer = served.client();
    std::vector<std::byte> bytes;
    for (std::uint64_t request = 1; request <= 300; ++request) {
      format::append_frame(bytes, request, OneStream("a", 1, 1'000).request());
    }
    writer.send(bytes);
    writer.receive();  // one answer, so that it is in the midst of it
    served.server().stop();

    CHECK(subscriber.receive_error(1).code() == Errc::closed);
    CHECK(subscriber.ended());
    // Every append that was accepted is in the store, and has been answered.
    std::uint64_t answered = 1;
    const std::uint64_t written = must(served.store().current_version("a")).value();
    while (answered < written) {
      writer.receive();
      ++answered;
    }
    CHECK(writer.ended());
    CHECK(served.server().stats().connections == 0);
    served.server().stop();  // does nothing
  }

  TEST_CASE("server: stopping tells a peer that has not said hello, and takes no new ones") {
    ServedStore served;
    RawClient silent(served.address());
    RawClient other = served.client();
    served.ping_until(other, [&] { return served.server().stats().connections == 2; });
    const std::string address = served.address();
    served.server().stop();
    CHECK(silent.receive_error(0).code() == Errc::closed);
    CHECK(silent.ended());
    CHECK(other.ended());
  }

  TEST_CASE("server: stopping does not wait for ever for a peer that takes nothing") {
    ServerOptions options;
    options.stop_timeout = milliseconds(50);
    ServedStore served(options);
    for (int i = 0; i < 30; ++i) served.append("a", 200, 1'000);
    RawClient slow = served.client(4'096);
    slow.send(1, format::ReadRequest{1U << 30, {}});
    slow.receive(MessageKind::events, 1);
    served.server().stop();
    CHECK(served.server().stats().connections == 0);
  }

  TEST_CASE("server: it can be moved, and stops when it goes") {
    ServedStore served;
    ServerOptions options;
    options.listen = {"127.0.0.1:0"};
    std::unique_ptr<RawClient> client;
    {
      Server first = must(Server::start(served.store(), options, Logger()));
      const Server second = std::move(first);
      client = std::make_unique<RawClient>(second.addresses().front());
      client->greet();
    }
    CHECK(client->ended());
  }
}

}  // namespace
}  // namespace esker::server::test
