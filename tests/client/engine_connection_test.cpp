#include <doctest/doctest.h>

#include <future>

#include "client/fixture.hpp"

using namespace esker;
using namespace esker::tests;
using format::MessageKind;
using std::chrono::milliseconds;

TEST_SUITE("client") {
  TEST_CASE("engine_connection: a server that is shutting down is left for its successor") {
    for (const bool whole_connection : {false, true}) {
      CAPTURE(whole_connection);
      FakeServer server({[whole_connection](Peer& peer) {
                           peer.welcome();
                           const std::uint64_t number = peer.read(MessageKind::append).number;
                           peer.send_error(whole_connection ? 0 : number, Errc::closed);
                           peer.read_to_end();
                         },
                         [](Peer& peer) {
                           peer.welcome();
                           answer_append(peer);
                           peer.read_to_end();
                         }});
      Client client = connect(server.options());
      CHECK(append(client).has_value());
    }
  }

  TEST_CASE(
      "engine_connection: answers under way are waited for before a closing connection is given "
      "up") {
    FakeServer server({[](Peer& peer) {
                         peer.welcome();
                         const std::uint64_t first = peer.read(MessageKind::append).number;
                         const std::uint64_t second = peer.read(MessageKind::append).number;
                         peer.send_error(second, Errc::closed);
                         peer.send_appended(first, 1);
                         peer.read_to_end();
                       },
                       [](Peer& peer) {
                         peer.welcome();
                         answer_append(peer, 2);
                         peer.read_to_end();
                       }});
    Client client = connect(server.options());
    std::promise<Position> answers[2];
    for (std::uint64_t i = 0; i < 2; ++i) {
      const NewEvent event{id_of(i + 1), "happened", {}, {}};
      client.async_append(
          "s-1", Expected::any(), std::span(&event, 1),
          [&answer = answers[i]](Result<AppendResult> result) {
            answer.set_value(result ? result.assume_value().position() : Position());
          });
    }
    CHECK(answers[0].get_future().get() == Position(1));
    CHECK(answers[1].get_future().get() == Position(2));
  }

  TEST_CASE("engine_connection: an append without an answer in time is of unknown outcome") {
    FakeServer server({[](Peer& peer) {
      peer.welcome();
      peer.read_to_end();
    }});
    ClientOptions options = server.options();
    options.request_timeout = milliseconds(30);
    Client client = connect(options);
    CHECK(code_of(append(client)) == Errc::outcome_unknown);
    const Result<StoreInfo> info = client.info();
    REQUIRE(info.has_error());
    CHECK(code_of(info) == Errc::unavailable);
    CHECK(code_of(client.ping()) == Errc::unavailable);
  }

  TEST_CASE(
      "engine_connection: an append that was never sent is unavailable and one that was lost "
      "unknown") {
    FakeServer server({[](Peer& peer) { swallow_append(peer); }});
    ClientOptions options = server.options();
    options.request_timeout = milliseconds(50);
    Client client = connect(options);
    CHECK(code_of(append(client)) == Errc::outcome_unknown);
    const Result<AppendResult> never_sent = append(client);
    CHECK(code_of(never_sent) == Errc::unavailable);
  }

  TEST_CASE("engine_connection: a later server of another protocol version fails what waits") {
    FakeServer server({[](Peer& peer) {
                         peer.welcome();
                         peer.read(MessageKind::info);
                       },
                       [](Peer& peer) {
                         peer.read(MessageKind::hello);
                         peer.send_error(0, Errc::not_supported);
                       }});
    Client client = connect(server.options());
    const Result<StoreInfo> info = client.info();
    REQUIRE(info.has_error());
    CHECK(code_of(info) == Errc::not_supported);
  }

  TEST_CASE("engine_connection: a silent connection is given up and made again") {
    FakeServer server({[](Peer& peer) {
                         peer.welcome();
                         peer.read(MessageKind::append);
                         CHECK(peer.read(true).kind == MessageKind::ping);
                         peer.read_to_end();
                       },
                       [](Peer& peer) {
                         peer.welcome();
                         answer_append(peer);
                         peer.read_to_end();
                       }});
    ClientOptions options = server.options();
    options.ping_interval = milliseconds(50);
    Client client = connect(options);
    CHECK(append(client).has_value());
  }

  TEST_CASE("engine_connection: another store cannot tell what became of an append") {
    FakeServer server({[](Peer& peer) { swallow_append(peer); },
                       [](Peer& peer) {
                         format::Welcome welcome = Peer::default_welcome();
                         welcome.store_id = id_of(78);
                         peer.welcome(welcome);
                         // What was never sent is for whoever is there.
                         answer_append(peer);
                         peer.read_to_end();
                       }});
    Client client = connect(server.options());
    CHECK(code_of(append(client, 1)) == Errc::outcome_unknown);
    CHECK(append(client, 2).has_value());
  }

  TEST_CASE("engine_connection: an answer that is too long is not waited for again") {
    FakeServer server({[](Peer& peer) {
                         peer.welcome();
                         peer.send_error(peer.read(MessageKind::info).number, Errc::io_error,
                                         std::string(5'000, 'x'));
                         peer.read_to_end();
                       },
                       [](Peer& peer) {
                         peer.welcome();
                         peer.send_error(peer.read(MessageKind::append).number, Errc::io_error,
                                         std::string(5'000, 'x'));
                         peer.read_to_end();
                       }});
    ClientOptions options = server.options();
    options.frame_bytes_max = 4'000;
    Client client = connect(options);
    CHECK(code_of(client.info()) == Errc::too_large);
    CHECK(code_of(append(client)) == Errc::outcome_unknown);
  }

  TEST_CASE("engine_connection: a subscription that finds the next server busy asks again") {
    FakeServer server({[](Peer& peer) {
                         peer.welcome();
                         const Asked asked = subscribe_request(peer);
                         peer.send_events(asked.number, records(1, 1));
                       },
                       [](Peer& peer) {
                         peer.welcome();
                         peer.send_error(subscribe_request(peer).number, Errc::busy);
                         const Asked asked = subscribe_request(peer);
                         CHECK(asked.query.from == 2);
                         peer.send_events(asked.number, records(2, 1));
                         peer.read_to_end();
                       }});
    Client client = connect(server.options());
    EventSubscription subscription = client.subscribe(all());
    CHECK(position(subscription) == 1);
    CHECK(position(subscription) == 2);
  }

  TEST_CASE("engine_connection: a subscription of which nothing is heard begins again elsewhere") {
    FakeServer server({[](Peer& peer) {
                         peer.welcome();
                         const Asked asked = subscribe_request(peer);
                         peer.send_events(asked.number, records(1, 1));
                         // The connection lives: pings are answered, but no more is said of the subscription.
                         while (true) {
                           const ReceivedFrame frame = peer.read(true);
                           if (frame.kind != MessageKind::ping) break;
                           peer.send(frame.number, format::Pong{});
                         }
                       },
                       [](Peer& peer) {
                         peer.welcome();
                         const Asked asked = subscribe_request(peer);
                         CHECK(asked.query.from == 2);
                         // As long as something is said, nothing is given up.
                         for (int i = 0; i < 10; ++i) {
                           peer.send(peer.read(MessageKind::ping).number, format::Pong{});
                           peer.send(asked.number, format::Progress{true, Position(1)});
                         }
                         peer.send_events(asked.number, records(2, 1));
                         peer.read_to_end();
                       }});
    ClientOptions options = server.options();
    options.stall_timeout = std::chrono::milliseconds(300);
    options.ping_interval = std::chrono::milliseconds(50);
    Client client = connect(options);
    EventSubscription subscription = client.subscribe(all());
    CHECK(position(subscription) == 1);
    CHECK(position(subscription) == 2);
  }

  TEST_CASE("engine_connection: pings come in time for the server's idle timeout") {
    std::promise<void> pinged;
    FakeServer server({[&](Peer& peer) {
      format::Welcome welcome = Peer::default_welcome();
      welcome.idle_timeout_ms = 40;
      peer.welcome(welcome);
      for (int i = 0; i < 3; ++i) peer.send(peer.read(MessageKind::ping).number, format::Pong{});
      pinged.set_value();
      peer.read_to_end();
    }});
    Client client = connect(server.options());
    pinged.get_future().get();
  }
}
