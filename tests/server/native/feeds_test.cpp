#include "server/native/feeds.hpp"

#include <doctest/doctest.h>

#include <map>
#include <thread>

#include "server/served_store.hpp"

namespace esker::server::test {
namespace {

using format::MessageKind;
using std::chrono::milliseconds;

format::Progress progress(const Received& frame) {
  return must(format::parse_progress(frame.body));
}

constexpr std::uint32_t kWindow = 1U << 20;

TEST_SUITE("server") {
  TEST_CASE("feeds: a subscription catches up, says so, and goes on with what comes") {
    ServedStore served;
    served.append("a", 5);
    RawClient client = served.client();
    client.send(1, format::SubscribeRequest{kWindow, {}});
    CHECK(events_in(client.receive(MessageKind::events, 1)).size() == 5);
    format::Progress told = progress(client.receive(MessageKind::progress, 1));
    CHECK(told.caught_up);
    CHECK(told.looked_at == Position(5));

    served.append("b", 2);
    const Received frame = client.receive(MessageKind::events, 1);
    const std::vector<EventView> events = events_in(frame);
    REQUIRE(events.size() == 2);
    CHECK(events[0].position == Position(6));
    CHECK(events[1].stream == "b");
    CHECK(progress(client.receive(MessageKind::progress, 1)).looked_at == Position(7));
  }

  TEST_CASE("feeds: an empty store is caught up with at once") {
    const ServedStore served;
    RawClient client = served.client();
    client.send(1, format::SubscribeRequest{kWindow, {}});
    const format::Progress told = progress(client.receive(MessageKind::progress, 1));
    CHECK(told.caught_up);
    CHECK(told.looked_at == Position());
  }

  // F28.
  TEST_CASE("feeds: with writers running nothing is missed, doubled or out of order") {
    ServedStore served;
    RawClient client = served.client();
    client.send(1, format::SubscribeRequest{5'000, {.selector = Selector::all(), .limit = 1'500}});
    std::vector<std::thread> writers;
    for (int writer = 0; writer < 3; ++writer) {
      writers.emplace_back([&served, writer] {
        RawClient appending = served.client();
        for (std::uint64_t request = 1; request <= 100; ++request) {
          appending.send(request, OneStream("s-" + std::to_string(writer), 5, 100).request());
          appending.receive(MessageKind::appended, request);
        }
      });
    }
    std::uint64_t last = 0;
    while (true) {
      const Received frame = client.receive();
      if (frame.kind() == MessageKind::progress) continue;
      if (frame.kind() == MessageKind::end) {
        CHECK(must(format::parse_end(frame.body)).looked_at == Position(1'500));
        break;
      }
      REQUIRE(frame.kind() == MessageKind::events);
      for (const EventView& event : events_in(frame)) {
        REQUIRE(event.position.value() == last + 1);
        ++last;
      }
      client.send(1, format::Credit{static_cast<std::uint32_t>(frame.body.size())});
    }
    CHECK(last == 1'500);
    for (std::thread& writer : writers) writer.join();
  }

  TEST_CASE("feeds: a subscription that nothing matches tells how far it has got") {
    ServerOptions options;
    SUBCASE("after a while") { options.progress_interval = milliseconds(20); }
    SUBCASE("after many events") { options.progress_events = 10; }
    ServedStore served(options);
    RawClient client = served.client();
    client.send(1, format::SubscribeRequest{kWindow, {.selector = Selector::stream("quiet")}});
    CHECK(progress(client.receive(MessageKind::progress, 1)).looked_at == Position());
    served.append("loud", 10);
    const format::Progress told = progress(client.receive(MessageKind::progress, 1));
    CHECK(told.caught_up);
    CHECK(told.looked_at == Position(10));
  }

  TEST_CASE("feeds: a subscription with nothing to tell says so now and then") {
    ServerOptions options;
    options.heartbeat_interval = milliseconds(20);
    ServedStore served(options);
    served.append("a", 3);
    RawClient client = served.client();
    client.send(1, format::SubscribeRequest{kWindow, {.selector = Selector::category("none")}});
    for (int i = 0; i < 5; ++i) {
      const format::Progress told = progress(client.receive(MessageKind::progress, 1));
      CHECK(told.caught_up);
      CHECK(told.looked_at == Position(3));
    }
  }

  TEST_CASE("feeds: cancel ends a subscription with how far it came, and frees its number") {
    ServedStore served;
    served.append("a", 3);
    RawClient client = served.client();
    for (int round = 0; round < 3; ++round) {
      client.send(9, format::SubscribeRequest{kWindow, {}});
      CHECK(events_in(client.receive(MessageKind::events, 9)).size() == 3);
      client.receive(MessageKind::progress, 9);
      client.send(9, format::Cancel{});
      const auto end = must(format::parse_end(client.receive(MessageKind::end, 9).body));
      CHECK(end.reason == format::EndReason::cancelled);
      CHECK(end.looked_at == Position(3));
    }
    CHECK(served.server().stats().subscriptions == 0);
  }

  TEST_CASE("feeds: credit and cancel for a number that is not in use are ignored") {
    const ServedStore served;
    RawClient client = served.client();
    client.send(7, format::Credit{100});
    client.send(7, format::Cancel{});
    client.send(8, format::Ping{});
    client.receive(MessageKind::pong, 8);
  }

  TEST_CASE("feeds: using a number in use for another ends the connection") {
    ServedStore served;
    served.append("a", 1);
    for (const bool subscribe : {false, true}) {
      RawClient client = served.client();
      client.send(1, format::SubscribeRequest{kWindow, {}});
      client.receive(MessageKind::events, 1);
      client.receive(MessageKind::progress, 1);
      if (subscribe) {
        client.send(1, format::SubscribeRequest{kWindow, {}});
      } else {
        client.send(1, format::ReadRequest{kWindow, {}});
      }
      CHECK(client.receive_error(0).code() == Errc::protocol);
      client.shutdown_send();
      CHECK(client.ended());
    }
    CHECK(served.server().stats().subscriptions == 0);
  }

  TEST_CASE("feeds: beyond the bounds they are busy") {
    ServerOptions options;
    options.connection_subscriptions_max = 2;
    options.subscriptions_max = 3;
    ServedStore served(options);
    RawClient first = served.client();
    RawClient second = served.client();
    const auto subscribe = [](RawClient& client, std::uint64_t request) {
      client.send(request, format::SubscribeRequest{kWindow, {}});
    };
    subscribe(first, 1);
    first.receive(MessageKind::progress, 1);
    subscribe(first, 2);
    first.receive(MessageKind::progress, 2);
    subscribe(first, 3);
    CHECK(first.receive_error(3).code() == Errc::busy);
    subscribe(second, 1);
    second.receive(MessageKind::progress, 1);
    subscribe(second, 2);
    CHECK(second.receive_error(2).code() == Errc::busy);
    first.send(1, format::Cancel{});
    first.receive(MessageKind::end, 1);
    subscribe(second, 2);
    second.receive(MessageKind::progress, 2);
  }

  TEST_CASE("feeds: many subscriptions of one connection take turns") {
    ServerOptions options;
    options.events_frame_bytes = 1'000;
    ServedStore served(options);
    for (int i = 0; i < 20; ++i) served.append("s-" + std::to_string(i % 2), 10, 100);
    RawClient client = served.client();
    constexpr std::uint64_t kCount = 100;
    for (std::uint64_t request = 1; request <= kCount; ++request) {
      const std::string stream = "s-" + std::to_string(request % 2);
      client.send(request, format::SubscribeRequest{
                               kWindow, {.selector = Selector::stream(stream), .limit = 101}});
    }
    std::map<std::uint64_t, std::size_t> events;
    std::size_t caught_up = 0;
    while (caught_up < kCount) {
      const Received frame = client.receive();
      if (frame.kind() == MessageKind::progress) {
        ++caught_up;
      } else {
        events[frame.header.request] += events_in(frame).size();
      }
    }
    served.append("s-0", 1);
    served.append("s-1", 1);
    for (std::size_t ended = 0; ended < kCount;) {
      const Received frame = client.receive();
      ended += frame.kind() == MessageKind::end ? 1 : 0;
      if (frame.kind() == MessageKind::events) {
        events[frame.header.request] += events_in(frame).size();
      }
    }
    REQUIRE(events.size() == kCount);
    for (const auto& [request, count] : events) CHECK(count == 101);
  }
}

}  // namespace
}  // namespace esker::server::test
