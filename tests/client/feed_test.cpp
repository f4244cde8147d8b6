#include "client/feed.hpp"

#include <doctest/doctest.h>

#include <future>

#include "client/fixture.hpp"

using namespace esker;
using namespace esker::tests;
using format::MessageKind;
using std::chrono::seconds;

TEST_SUITE("client") {
  TEST_CASE("feed: credit comes back as events are used up and never exceeds the window") {
    constexpr std::uint32_t kWindow = 10'000;
    constexpr std::uint64_t kEvents = 200;
    FakeServer server({[](Peer& peer) {
      peer.welcome();
      const Asked asked = read_request(peer);
      std::int64_t credit = asked.window_bytes;
      std::int64_t used_up = 0;
      for (std::uint64_t p = 1; p <= kEvents; ++p) {
        while (credit <= 0) {
          const ReceivedFrame frame = peer.read(MessageKind::credit);
          CHECK(frame.number == asked.number);
          const Result<format::Credit> more = format::parse_credit(frame.body);
          REQUIRE(more.has_value());
          credit += more.assume_value().bytes;
        }
        CHECK(credit <= asked.window_bytes);
        const SegmentPiece piece = records(p, 1, 0, "s-1", p % 50 == 0 ? 30'000 : 700);
        credit -= piece.extent.bytes;
        used_up += piece.extent.bytes;
        peer.send_events(asked.number, piece);
      }
      CHECK(used_up > 10 * asked.window_bytes);
      peer.send(asked.number, format::End{});
      peer.read_to_end();
    }});
    ClientOptions options = server.options();
    options.window_bytes = kWindow;
    Client client = connect(options);
    EventReader reader = client.read(all());
    for (std::uint64_t p = 1; p <= kEvents; ++p) CHECK(position(reader) == p);
    CHECK(position(reader) == 0);
  }

  TEST_CASE("feed: a read that began with a snapshot goes on behind the version that it is of") {
    const auto snapshot = [](Peer& peer, const Asked& asked) {
      const Tags tags{"$version=7"};
      // An older number in its own stream: it must not be taken for one of the events.
      peer.send_events(asked.number, records(90, 1, 3, "$snapshot-s-1", 10, tags));
    };
    FakeServer server({[&](Peer& peer) {
                         peer.welcome();
                         const Asked asked = read_request(peer);
                         CHECK(asked.query.from_snapshot);
                         snapshot(peer, asked);
                       },
                       [&](Peer& peer) {
                         peer.welcome();
                         const Asked asked = read_request(peer);
                         CHECK_FALSE(asked.query.from_snapshot);
                         CHECK(asked.query.from == 8);
                         peer.send_events(asked.number, records(20, 2, 8, "s-1"));
                         peer.send(asked.number, format::End{});
                         peer.read_to_end();
                       }});
    Client client = connect(server.options());
    Query query{.selector = Selector::stream("s-1"), .from_snapshot = true};
    EventReader reader = client.read(query);
    CHECK(position(reader) == 90);
    CHECK(position(reader) == 20);
    CHECK(position(reader) == 21);
    CHECK(position(reader) == 0);
  }

  TEST_CASE("feed: what breaks the protocol ends the feed and leaves the connection") {
    for (const int fault : {0, 1, 2, 3, 4}) {
      CAPTURE(fault);
      FakeServer server({[fault](Peer& peer) {
        peer.welcome();
        const Asked asked = read_request(peer);
        const std::uint64_t sync = peer.read(MessageKind::info).number;
        if (fault == 0) {  // more than the window
          peer.send_events(asked.number, records(1, 1, 0, "s-1", 5'000));
          peer.send_events(asked.number, records(2, 1));
        } else if (fault == 1) {  // more than the limit
          peer.send_events(asked.number, records(1, 11));
        } else if (fault == 2) {  // out of order
          peer.send_events(asked.number, records(5, 1));
          peer.send_events(asked.number, records(5, 1));
        } else if (fault == 3) {  // an end that nobody wished
          peer.send(asked.number, format::End{format::EndReason::cancelled, Position()});
        } else {
          SegmentPiece piece = records(1, 1);
          piece.extent.records = 0;
          peer.send_events(asked.number, piece);
        }
        peer.send(sync, format::InfoReply{});
        if (fault != 3) CHECK(peer.read(MessageKind::cancel).number == asked.number);
        peer.send(peer.read(MessageKind::info).number, format::InfoReply{});
        peer.read_to_end();
      }});
      ClientOptions options = server.options();
      options.window_bytes = 4'000;
      Client client = connect(options);
      EventReader reader = client.read(all(0, 10));
      CHECK(client.info().has_value());  // all of it has arrived, and nothing has been used up
      Result<std::optional<EventView>> next = reader.next();
      while (next && next.assume_value()) next = reader.next();
      CHECK(code_of(next) == Errc::protocol);
      CHECK(code_of(reader.next()) == Errc::protocol);
      CHECK(client.info().has_value());
    }
  }

  TEST_CASE("feed: a damaged record is corrupt and stays so") {
    FakeServer server({[](Peer& peer) {
      peer.welcome();
      const Asked asked = subscribe_request(peer);
      SegmentPiece piece = records(1, 2);
      piece.bytes.back() ^= std::byte{1};
      peer.send_events(asked.number, piece);
      CHECK(peer.read(MessageKind::cancel).number == asked.number);
      peer.send(peer.read(MessageKind::info).number, format::InfoReply{});
      peer.read_to_end();
    }});
    Client client = connect(server.options());
    EventSubscription subscription = client.subscribe(all());
    CHECK(position(subscription) == 1);
    CHECK(code_of(subscription.next(seconds(10))) == Errc::corrupt);
    CHECK(code_of(subscription.poll()) == Errc::corrupt);
    CHECK(client.info().has_value());
  }

  TEST_CASE("feed: an event longer than the client accepts ends the feed and no other") {
    FakeServer server({[](Peer& peer) {
                         peer.welcome();
                         const Asked large = subscribe_request(peer);
                         const Asked small = subscribe_request(peer);
                         peer.send_events(small.number, records(1, 1));
                         peer.send_events(large.number, records(1, 1, 0, "s-1", 20'000));
                         peer.read_to_end();
                       },
                       [](Peer& peer) {
                         peer.welcome();
                         peer.send_events(subscribe_request(peer).number, records(2, 1));
                         peer.read_to_end();
                       }});
    ClientOptions options = server.options();
    options.frame_bytes_max = 10'000;
    Client client = connect(options);
    EventSubscription large = client.subscribe(all());
    EventSubscription small = client.subscribe(all());
    CHECK(code_of(large.next(seconds(10))) == Errc::too_large);
    CHECK(position(small) == 1);
    CHECK(position(small) == 2);
  }

  TEST_CASE("feed: a damaged frame ends the connection and nothing is lost or doubled") {
    FakeServer server({[](Peer& peer) {
                         peer.welcome();
                         const Asked asked = subscribe_request(peer);
                         peer.send_events(asked.number, records(1, 2));
                         std::vector<std::byte> frame;
                         format::append_frame(frame, asked.number, format::Progress{});
                         frame.back() ^= std::byte{1};
                         peer.send_bytes(frame);
                         peer.read_to_end();
                       },
                       [](Peer& peer) {
                         peer.welcome();
                         const Asked asked = subscribe_request(peer);
                         CHECK(asked.query.from == 3);
                         peer.send_events(asked.number, records(3, 1));
                         peer.read_to_end();
                       }});
    Client client = connect(server.options());
    EventSubscription subscription = client.subscribe(all());
    for (const std::uint64_t p : {1U, 2U, 3U}) CHECK(position(subscription) == p);
  }

  TEST_CASE("feed: another store behind the same address is not gone on with") {
    FakeServer server({[](Peer& peer) {
                         peer.welcome();
                         peer.send_events(subscribe_request(peer).number, records(1, 1));
                       },
                       [](Peer& peer) {
                         format::Welcome welcome = Peer::default_welcome();
                         welcome.store_id = id_of(78);
                         peer.welcome(welcome);
                         peer.read_to_end();
                       }});
    Client client = connect(server.options());
    EventSubscription subscription = client.subscribe(all());
    CHECK(position(subscription) == 1);
    CHECK(code_of(subscription.next(seconds(10))) == Errc::protocol);
  }

  TEST_CASE("feed: it outlives its client and is closed then") {
    FakeServer server({[](Peer& peer) {
      peer.welcome();
      subscribe_request(peer);
      peer.read_to_end();
    }});
    std::optional<EventSubscription> subscription;
    std::promise<Errc> answered;
    {
      Client client = connect(server.options());
      subscription.emplace(client.subscribe(all()));
      subscription->async_next(
          [&](const Result<std::optional<EventView>>& next) { answered.set_value(code_of(next)); });
    }
    CHECK(answered.get_future().get() == Errc::closed);
    CHECK(code_of(subscription->next(seconds(10))) == Errc::closed);
    std::promise<Errc> later;
    subscription->async_next(
        [&](const Result<std::optional<EventView>>& next) { later.set_value(code_of(next)); });
    CHECK(later.get_future().get() == Errc::closed);
  }
}
