#include "server/native/feed.hpp"

#include <doctest/doctest.h>

#include "server/served_store.hpp"
#include "store/query_walk.hpp"

namespace esker::server::test {
namespace {

using format::MessageKind;

/// What a read delivers, frame by frame, giving as much credit back as it has used.
struct Delivered {
  std::vector<Position> positions;
  std::size_t frames = 0;
  std::size_t bytes_most = 0;  // of a frame's records
  format::End end;
};

std::size_t records_bytes(const Received& frame) {
  return must(format::parse_events(frame.body)).records.size();
}

Delivered read(RawClient& client, const Query& query, std::uint32_t window) {
  Delivered delivered;
  client.send(1, format::ReadRequest{window, query});
  while (true) {
    const Received frame = client.receive();
    REQUIRE(frame.header.request == 1);
    if (frame.kind() == MessageKind::end) {
      delivered.end = must(format::parse_end(frame.body));
      return delivered;
    }
    REQUIRE(frame.kind() == MessageKind::events);
    ++delivered.frames;
    const std::size_t bytes = records_bytes(frame);
    delivered.bytes_most = std::max(delivered.bytes_most, bytes);
    for (const EventView& event : events_in(frame)) delivered.positions.push_back(event.position);
    client.send(1, format::Credit{static_cast<std::uint32_t>(bytes)});
  }
}

std::vector<Position> positions(std::uint64_t first, std::uint64_t last, std::uint64_t step = 1) {
  std::vector<Position> list;
  for (std::uint64_t i = first; i <= last; i += step) list.emplace_back(i);
  return list;
}

TEST_SUITE("server") {
  TEST_CASE("feed: a read delivers what its query selects, then ends") {
    ServedStore served;
    for (int i = 0; i < 50; ++i) {
      served.append("even-1", 1);
      served.append("odd-1", 1);
    }
    RawClient client = served.client();
    const std::uint32_t window = 1U << 20;

    Delivered all = read(client, {}, window);
    CHECK(all.positions == positions(1, 100));
    CHECK(all.frames == 1);
    CHECK(all.end.reason == format::EndReason::complete);
    CHECK(all.end.looked_at == Position(100));

    CHECK(read(client, {.selector = Selector::stream("odd-1")}, window).positions ==
          positions(2, 100, 2));
    CHECK(read(client, {.selector = Selector::category("even"), .limit = 3}, window).positions ==
          positions(1, 5, 2));
    CHECK(read(client, {.from = 91, .items = {{.types = {"happened"}}}}, window).positions ==
          positions(91, 100));
    CHECK(read(client, {.items = {{.types = {"none"}}}}, window).end.looked_at == Position(100));

    Delivered backwards = read(client,
                               {.selector = Selector::all(),
                                .direction = Direction::backwards,
                                .from = Query::kEnd,
                                .limit = 2},
                               window);
    CHECK(backwards.positions == std::vector{Position(100), Position(99)});
    CHECK(backwards.end.looked_at == Position());
    CHECK(read(client, {.selector = Selector::all(), .limit = 0}, window).positions.empty());
  }

  TEST_CASE("feed: with small credit it stops, and goes on when there is more") {
    ServedStore served;
    served.append("a", 100, 100);
    RawClient client = served.client();
    // One record for each frame, since each is beyond what is left.
    const Delivered one_by_one = read(client, {}, 1);
    CHECK(one_by_one.positions == positions(1, 100));
    CHECK(one_by_one.frames == 100);

    const Delivered some = read(client, {}, 1'000);
    CHECK(some.positions == positions(1, 100));
    CHECK(some.bytes_most <= 1'000);
  }

  TEST_CASE("feed: without credit nothing comes but the answers to others") {
    ServedStore served;
    served.append("a", 10, 100);
    RawClient client = served.client();
    client.send(1, format::ReadRequest{1, {}});
    CHECK(events_in(client.receive(MessageKind::events, 1)).size() == 1);
    client.send(2, format::Ping{});
    client.receive(MessageKind::pong, 2);
    client.send(1, format::Credit{1});  // does not make good for what was used beyond the first
    client.send(3, format::Ping{});
    client.receive(MessageKind::pong, 3);
    client.send(1, format::Credit{100'000});
    CHECK(events_in(client.receive(MessageKind::events, 1)).size() == 9);
    client.receive(MessageKind::end, 1);
  }

  TEST_CASE("feed: frames stay within their bound, but for a single larger event") {
    ServerOptions options;
    options.events_frame_bytes = 10'000;
    ServedStore served(options);
    served.append("a", 50, 1'000);
    served.append("a", 1, 30'000);
    served.append("a", 50, 1'000);
    RawClient client = served.client();
    const Delivered delivered = read(client, {}, 1U << 30);
    CHECK(delivered.positions == positions(1, 101));
    CHECK(delivered.bytes_most >= 30'000);
    CHECK(delivered.bytes_most < 31'000);
    CHECK(delivered.frames >= 11);
  }

  TEST_CASE("feed: scattered events come in as many frames as their extents need") {
    ServedStore served;
    for (int i = 0; i < 600; ++i) {
      served.append("a", 1);
      served.append("b", 1);
    }
    RawClient client = served.client();
    const Delivered delivered = read(client, {.selector = Selector::stream("a")}, 1U << 30);
    CHECK(delivered.positions == positions(1, 1'199, 2));
    CHECK(delivered.frames >= 3);  // of 256 extents
    CHECK(
        read(client,
             {.selector = Selector::all(), .direction = Direction::backwards, .from = Query::kEnd},
             1U << 30)
            .positions.size() == 1'200);
  }

  TEST_CASE("feed: a read goes through all segments") {
    StoreOptions store_options = ServedStore::small_store();
    store_options.segment_bytes = store_options.segment_bytes_first = 1U << 20;
    ServedStore served({}, store_options);
    for (int i = 0; i < 60; ++i) served.append("a", 100, 500);
    RawClient client = served.client();
    CHECK(read(client, {}, 1U << 30).positions == positions(1, 6'000));
    CHECK(read(client, {.selector = Selector::stream("a"), .from = 5'900}, 500).positions ==
          positions(5'900, 6'000));
  }

  TEST_CASE("feed: what was looked at never goes beyond what was put into the outbox") {
    ServedStore served;
    served.append("a", 3, 100);
    Cursor cursor = must(served.store().read({}));
    Feed feed(1, std::move(cursor), Query{}, 250);
    Outbox outbox;
    CHECK(must(feed.fill(outbox, 1U << 20)) == Feed::State::more);
    CHECK(feed.looked_at() == Position(1));  // the second was walked to, but did not fit
    CHECK(must(feed.fill(outbox, 1U << 20)) == Feed::State::more);
    CHECK(must(feed.fill(outbox, 1U << 20)) == Feed::State::no_credit);
    CHECK(feed.looked_at() == Position(2));
    feed.add_credit(10'000);
    CHECK(must(feed.fill(outbox, 1U << 20)) == Feed::State::complete);
    CHECK(feed.looked_at() == Position(3));
  }

  TEST_CASE("feed: errors of the store come for the request") {
    ServedStore served;
    served.append("a", 3);
    RawClient client = served.client();
    client.send(1, format::ReadRequest{100, {.selector = Selector::all(), .from = 5}});
    CHECK(client.receive_error(1).code() == Errc::position_ahead);
    client.send(2, format::ReadRequest{100, {.selector = Selector::stream("")}});
    CHECK(client.receive_error(2).code() == Errc::invalid_argument);
    client.send(3, format::SubscribeRequest{
                       100, {.selector = Selector::all(), .direction = Direction::backwards}});
    CHECK(client.receive_error(3).code() == Errc::invalid_argument);
    client.send(4, format::ReadRequest{1, {}});
    client.receive(MessageKind::events, 4);
    must(served.store().close());
    client.send(4, format::Credit{100'000});
    CHECK(client.receive_error(4).code() == Errc::closed);
    CHECK(served.server().stats().subscriptions == 0);
  }
}

}  // namespace
}  // namespace esker::server::test
