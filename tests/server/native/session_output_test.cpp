#include <doctest/doctest.h>

#include <filesystem>
#include <mutex>
#include <thread>

#include "server/native/session.hpp"
#include "server/served_store.hpp"

namespace esker::server::test {
namespace {

using format::MessageKind;
using std::chrono::milliseconds;

constexpr int kSmallBuffer = 4'096;

TEST_SUITE("server") {
  // F29.
  TEST_CASE("session output: a peer that reads nothing is not read from any more") {
    ServedStore served;
    served.append("a", 50, 1'000);
    RawClient slow = served.client(kSmallBuffer);
    slow.send(1, format::SubscribeRequest{1U << 30, {}});
    // Pings until neither side's buffers take any.
    const std::vector<std::byte> ping = frame_of(2, format::Ping{as_bytes(std::string(64, 'p'))});
    std::uint64_t requests = 0;
    std::size_t sent = 0;
    std::size_t waited = 0;
    RawClient other = served.client();
    while (waited < 10) {
      const std::size_t part = sent % ping.size();
      const std::size_t now = slow.send_without_waiting(std::span(ping).subspan(part));
      sent += now;
      if (now > 0) continue;
      // Full; unless the server has been slow. Others are served in the meantime.
      other.send(++requests, OneStream("b", 1).request());
      other.receive(MessageKind::appended, requests);
      ++waited;
      REQUIRE(sent < 100U << 20);
    }
    CHECK(served.server().stats().connections == 2);
    // Nothing is lost by waiting.
    if (sent % ping.size() != 0) {
      std::thread rest([&] { slow.send(std::span(ping).subspan(sent % ping.size())); });
      std::size_t pongs = 0;
      std::size_t events = 0;
      while (pongs < sent / ping.size() + 1 || events < 60) {
        const Received frame = slow.receive();
        pongs += frame.kind() == MessageKind::pong ? 1 : 0;
        if (frame.kind() == MessageKind::events) events += events_in(frame).size();
      }
      rest.join();
    }
  }

  TEST_CASE("session output: a slow reader of much gets all of it") {
    ServedStore served;
    for (int i = 0; i < 20; ++i) served.append("a", 200, 1'000);
    RawClient slow = served.client(kSmallBuffer);
    slow.send(1, format::ReadRequest{1U << 30, {}});
    RawClient fast = served.client();
    fast.send(1, format::ReadRequest{1U << 30, {}});
    for (RawClient* client : {&fast, &slow}) {
      std::uint64_t last = 0;
      for (Received frame = client->receive(); frame.kind() == MessageKind::events;
           frame = client->receive()) {
        for (const EventView& event : events_in(frame)) {
          REQUIRE(event.position.value() == last + 1);
          ++last;
        }
      }
      CHECK(last == 4'000);
    }
  }

  TEST_CASE("session output: a peer that takes nothing is closed after the write timeout") {
    ServerOptions options;
    options.write_timeout = milliseconds(50);
    ServedStore served(options);
    for (int i = 0; i < 30; ++i) served.append("a", 200, 1'000);
    RawClient slow = served.client(kSmallBuffer);
    slow.send(1, format::ReadRequest{1U << 30, {}});
    RawClient other = served.client();
    served.ping_until(other, [&] { return served.server().stats().connections == 1; });
    CHECK(served.server().stats().protocol_errors == 1);
    CHECK(served.server().stats().subscriptions == 0);
  }

  // F20, F21.
  TEST_CASE(
      "session output: events that cannot be read any more end the connection with a reason") {
    support::TemporaryDirectory directory;
    StoreOptions store_options = ServedStore::small_store();
    store_options.segment_bytes_first = 16U << 20;
    Store store = must(Store::open(directory.path(), store_options));
    std::mutex mutex;
    std::vector<std::string> errors;
    ServerOptions options;
    options.listen = {"127.0.0.1:0"};
    Server server = must(Server::start(store, options, [&](LogLevel level, std::string_view line) {
      const std::lock_guard lock(mutex);
      if (level == LogLevel::error) errors.emplace_back(line);
    }));
    for (int i = 0; i < 30; ++i) must(store.append(OneStream("a", 200, 1'000).streams()));
    RawClient slow(server.addresses().front(), kSmallBuffer);
    slow.greet();
    slow.send(1, format::ReadRequest{1U << 30, {}});
    slow.receive(MessageKind::events, 1);
    // The only segment loses all but its header while most of the events are still to be sent.
    std::filesystem::resize_file(directory / "0000000000000001.segment", 4'096);
    // Either reading finds out and answers with an error, or sending does and closes; in no case does the server fall.
    slow.shutdown_send();
    slow.drain();
    server.stop();
    const std::lock_guard lock(mutex);
    CHECK(errors.size() <= 1);
  }
}

}  // namespace
}  // namespace esker::server::test
