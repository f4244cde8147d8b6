#include <doctest/doctest.h>

#include <future>
#include <thread>

#include "client/fixture.hpp"

using namespace esker;
using namespace esker::tests;
using format::MessageKind;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_SUITE("client") {
  TEST_CASE(
      "event_subscription: a subscription survives its server and says how far it has looked") {
    FakeServer server({[](Peer& peer) {
                         peer.welcome();
                         const Asked asked = subscribe_request(peer);
                         peer.send_events(asked.number, records(2, 1));
                         peer.send(asked.number, format::Progress{true, Position(9)});
                         peer.send_error(asked.number, Errc::closed);
                         peer.read_to_end();
                       },
                       [](Peer& peer) {
                         format::Welcome welcome = Peer::default_welcome();
                         welcome.incarnation = Incarnation(6);
                         peer.welcome(welcome);
                         const Asked asked = subscribe_request(peer);
                         CHECK(asked.query.from == 10);
                         peer.send_events(asked.number, records(10, 1));
                         peer.send(asked.number, format::Progress{true, Position(10)});
                         peer.read_to_end();
                       }});
    Client client = connect(server.options());
    Query query = all();
    query.items = {{.types = {"happened"}}};
    EventSubscription subscription = client.subscribe(query);
    CHECK(position(subscription) == 2);
    CHECK(position(subscription) == 10);
    CHECK(subscription.looked_at() == Position(10));
    CHECK(subscription.incarnation() == Incarnation(6));
    while (!subscription.caught_up()) {
      const auto nothing = subscription.next(milliseconds(1));
      REQUIRE(nothing.has_value());
      CHECK_FALSE(nothing.assume_value().has_value());
    }
  }

  TEST_CASE("event_subscription: progress marks count when all before them has been handed out") {
    std::promise<void> taken;
    FakeServer server({[&](Peer& peer) {
      peer.welcome();
      const Asked asked = subscribe_request(peer);
      peer.send(asked.number, format::Progress{false, Position(1)});
      peer.send_events(asked.number, records(2, 2));
      peer.send(asked.number, format::Progress{false, Position(4)});
      peer.send(asked.number, format::Progress{true, Position(5)});
      peer.send(peer.read(MessageKind::info).number, format::InfoReply{});
      taken.get_future().get();
    }});
    Client client = connect(server.options());
    EventSubscription subscription = client.subscribe(all());
    CHECK(client.info().has_value());  // all of it has arrived
    CHECK(subscription.looked_at() == Position(1));
    CHECK_FALSE(subscription.caught_up());
    CHECK(position(subscription) == 2);
    CHECK(subscription.looked_at() == Position(2));
    CHECK_FALSE(subscription.caught_up());
    CHECK(position(subscription) == 3);
    CHECK(subscription.looked_at() == Position(5));
    CHECK(subscription.caught_up());
    const auto nothing = subscription.poll();
    REQUIRE(nothing.has_value());
    CHECK_FALSE(nothing.assume_value().has_value());
    taken.set_value();
    while (subscription.caught_up()) {  // until the broken connection is noticed
      CHECK(subscription.next(milliseconds(1)).has_value());
    }
  }

  TEST_CASE("event_subscription: a subscription's limit closes it") {
    FakeServer server({[](Peer& peer) {
      peer.welcome();
      const Asked asked = subscribe_request(peer);
      CHECK(asked.query.limit == 2);
      peer.send_events(asked.number, records(1, 2));
      peer.send(asked.number, format::End{format::EndReason::complete, Position(2)});
      peer.read_to_end();
    }});
    Client client = connect(server.options());
    EventSubscription subscription = client.subscribe(all(0, 2));
    CHECK(position(subscription) == 1);
    CHECK(position(subscription) == 2);
    CHECK(code_of(subscription.next(seconds(10))) == Errc::closed);
    CHECK(subscription.looked_at() == Position(2));
  }

  TEST_CASE("event_subscription: cancelling from another thread ends a wait and tells the server") {
    std::promise<void> waits;
    FakeServer server({[&](Peer& peer) {
      peer.welcome();
      const Asked asked = subscribe_request(peer);
      waits.set_value();
      CHECK(peer.read(MessageKind::cancel).number == asked.number);
      peer.send(peer.read(MessageKind::info).number, format::InfoReply{});
      peer.read_to_end();
    }});
    Client client = connect(server.options());
    EventSubscription subscription = client.subscribe(all());
    std::thread canceller([&] {
      waits.get_future().get();
      subscription.cancel();
    });
    CHECK(code_of(subscription.next(seconds(10))) == Errc::closed);
    canceller.join();
    CHECK(code_of(subscription.poll()) == Errc::closed);
    CHECK(client.info().has_value());
  }
}
