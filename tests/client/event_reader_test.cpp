#include <doctest/doctest.h>

#include "client/fixture.hpp"

using namespace esker;
using namespace esker::tests;
using format::MessageKind;
using std::chrono::milliseconds;

TEST_SUITE("client") {
  TEST_CASE("event_reader: a read hands out what was sent and then nothing more") {
    FakeServer server({[](Peer& peer) {
      peer.welcome();
      const Asked asked = read_request(peer);
      CHECK(asked.query.selector == Selector::stream("s-1"));
      CHECK(asked.query.from == 3);
      CHECK(asked.query.limit == 50);
      CHECK(asked.window_bytes == 12'345);
      peer.send_events(asked.number, records(3, 2));
      peer.send_events(asked.number, records(5, 1, 0, "s-1", 20'000));
      peer.send(asked.number, format::End{});
      peer.read_to_end();
    }});
    ClientOptions options = server.options();
    options.window_bytes = 12'345;
    Client client = connect(options);
    Query query = all(3, 50);
    query.selector = Selector::stream("s-1");
    EventReader reader = client.read(query);
    CHECK(position(reader) == 3);
    CHECK(position(reader) == 4);
    const Result<std::optional<EventView>> large = reader.next();
    REQUIRE(large.has_value());
    REQUIRE(large.assume_value().has_value());
    const EventView& event = *large.assume_value();
    CHECK(event.stream == "s-1");
    CHECK(event.id == id_of(5));
    CHECK(event.data.size() == 20'000);
    CHECK(position(reader) == 0);
    CHECK(reader.ready());
    CHECK(position(reader) == 0);
  }

  TEST_CASE(
      "event_reader: a read goes on behind the last event received when the connection breaks") {
    struct Case {
      Query query;
      std::uint64_t from_then;  // of the second request
    };
    Case cases[] = {{all(0, 5), 4}, {all(0, 5), 14}, {all(Query::kEnd, 5), 0}};
    cases[1].query.selector = Selector::stream("s-1");
    cases[2].query.direction = Direction::backwards;
    for (const Case& one : cases) {
      const bool backwards = one.query.direction == Direction::backwards;
      FakeServer server({[&](Peer& peer) {
                           peer.welcome();
                           const Asked asked = read_request(peer);
                           if (backwards) {
                             for (const std::uint64_t p : {3U, 2U, 1U}) {
                               peer.send_events(asked.number, records(p, 1));
                             }
                           } else {
                             peer.send_events(asked.number, records(1, 3, 11));
                           }
                         },
                         [&](Peer& peer) {
                           peer.welcome();
                           const Asked asked = read_request(peer);
                           CHECK(asked.query.from == one.from_then);
                           CHECK(asked.query.limit == 2);
                           if (!backwards) peer.send_events(asked.number, records(4, 2, 14));
                           peer.send(asked.number, format::End{});
                           peer.read_to_end();
                         }});
      Client client = connect(server.options());
      EventReader reader = client.read(one.query);
      if (backwards) {
        for (const std::uint64_t p : {3U, 2U, 1U, 0U}) CHECK(position(reader) == p);
      } else {
        for (const std::uint64_t p : {1U, 2U, 3U, 4U, 5U, 0U}) CHECK(position(reader) == p);
      }
    }
  }

  TEST_CASE("event_reader: a read whose end alone was lost is not asked again") {
    FakeServer server({[](Peer& peer) {
                         peer.welcome();
                         peer.send_events(read_request(peer).number, records(1, 3));
                       },
                       [](Peer& peer) {
                         peer.welcome();
                         peer.send(peer.read(MessageKind::info).number, format::InfoReply{});
                         peer.read_to_end();
                       }});
    Client client = connect(server.options());
    EventReader reader = client.read(all(0, 3));
    for (const std::uint64_t p : {1U, 2U, 3U, 0U}) CHECK(position(reader) == p);
    CHECK(client.info().has_value());
  }

  TEST_CASE("event_reader: the server's error comes behind the events that were sent before it") {
    FakeServer server({[](Peer& peer) {
      peer.welcome();
      const Asked asked = read_request(peer);
      peer.send_events(asked.number, records(1, 1));
      peer.send_error(asked.number, Errc::corrupt);
      peer.send_error(read_request(peer).number, Errc::position_ahead);
      peer.read_to_end();
    }});
    Client client = connect(server.options());
    EventReader reader = client.read(all());
    CHECK(position(reader) == 1);
    CHECK(code_of(reader.next()) == Errc::corrupt);
    EventReader ahead = client.read(all(100));
    CHECK(code_of(ahead.next()) == Errc::position_ahead);
    Query too_long = all();
    too_long.selector = Selector::stream(std::string(513, 'x'));
    EventReader refused = client.read(too_long);
    CHECK(code_of(refused.next()) == Errc::invalid_argument);
  }

  TEST_CASE("event_reader: a reader that is dropped tells the server to send no more") {
    FakeServer server({[](Peer& peer) {
      peer.welcome();
      const Asked asked = read_request(peer);
      peer.send_events(asked.number, records(1, 1));
      CHECK(peer.read(MessageKind::cancel).number == asked.number);
      peer.send_events(asked.number, records(2, 1));  // was on its way
      peer.send(asked.number, format::End{format::EndReason::cancelled, Position()});
      peer.send(peer.read(MessageKind::info).number, format::InfoReply{});
      peer.read_to_end();
    }});
    Client client = connect(server.options());
    {
      EventReader reader = client.read(all());
      CHECK(position(reader) == 1);
    }
    CHECK(client.info().has_value());
  }

  TEST_CASE("event_reader: a read waits for the server no longer than the request timeout") {
    FakeServer server({[](Peer& peer) {
      peer.welcome();
      peer.send_events(read_request(peer).number, records(1, 1));
    }});
    ClientOptions options = server.options();
    options.request_timeout = milliseconds(40);
    Client client = connect(options);
    EventReader reader = client.read(all());
    CHECK(position(reader) == 1);
    CHECK(code_of(reader.next()) == Errc::unavailable);
    EventSubscription subscription = client.subscribe(all());  // waits for as long as it takes
    const auto nothing = subscription.next(milliseconds(80));
    REQUIRE(nothing.has_value());
    CHECK_FALSE(nothing.assume_value().has_value());
  }
}
