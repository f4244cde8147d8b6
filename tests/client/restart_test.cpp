#include <doctest/doctest.h>

#include <map>
#include <thread>

#include "client/fixture.hpp"
#include "client/restartable_server.hpp"

using namespace esker;
using namespace esker::tests;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_SUITE("client") {
  TEST_CASE("restart: what a real server takes it gives back") {
    RestartableServer server;
    Client client = connect(server.options());
    for (std::uint64_t i = 1; i <= 50; ++i) {
      const Result<AppendResult> result = append(client, i, std::string(i * 400, 'x'));
      if (!result) FAIL(result.assume_error().message());
      CHECK(result.assume_value().position() == Position(i));
    }
    const Result<AppendResult> again = append(client, 7, std::string(7 * 400, 'x'));
    REQUIRE(again.has_value());
    CHECK(again.assume_value().outcome == AppendOutcome::already_there);
    CHECK(again.assume_value().position() == Position(7));
    const NewEvent event{id_of(100), "happened", {}, {}};
    const auto wrong = client.append("s-1", Expected::no_stream(), std::span(&event, 1));
    CHECK(code_of(wrong) == Errc::wrong_version);
    CHECK(wrong.assume_error().conflicts().at(0).actual == Version(50));

    EventReader forwards = client.read(all(41));
    for (std::uint64_t i = 41; i <= 50; ++i) CHECK(position(forwards) == i);
    CHECK(position(forwards) == 0);
    Query query = all(Query::kEnd, 3);
    query.selector = Selector::stream("s-1");
    query.direction = Direction::backwards;
    EventReader backwards = client.read(query);
    for (const std::uint64_t p : {50U, 49U, 48U, 0U}) CHECK(position(backwards) == p);
    EventReader ahead = client.read(all(52));
    CHECK(code_of(ahead.next()) == Errc::position_ahead);
    const Result<StoreInfo> info = client.info();
    REQUIRE(info.has_value());
    CHECK(info.assume_value().head == Position(50));
    CHECK(client.ping().has_value());
  }

  TEST_CASE("restart: a window smaller than the events passes them all") {
    RestartableServer server;
    ClientOptions options = server.options();
    options.window_bytes = 1'000;
    Client client = connect(options);
    for (std::uint64_t i = 1; i <= 100; ++i) {
      REQUIRE(append(client, i, std::string(i % 10 == 0 ? 20'000 : 300, 'x')).has_value());
    }
    EventReader reader = client.read(all());
    for (std::uint64_t i = 1; i <= 100; ++i) CHECK(position(reader) == i);
    CHECK(position(reader) == 0);
  }

  TEST_CASE(
      "restart: appends and a subscription go on over restarts and nothing is lost or doubled") {
    constexpr std::uint64_t kWriters = 4;
    constexpr std::uint64_t kAppends = 300;
    RestartableServer server;
    Client client = connect(server.options());
    Query query;
    query.selector = Selector::category("s");
    EventSubscription subscription = client.subscribe(query);
    std::atomic<std::uint64_t> done{0};
    std::vector<std::thread> writers;
    for (std::uint64_t w = 0; w < kWriters; ++w) {
      writers.emplace_back([&, w] {
        for (std::uint64_t i = 0; i < kAppends; ++i) {
          const Result<AppendResult> result = append(client, 1 + w * kAppends + i);
          if (!result) FAIL_CHECK(result.assume_error().message());
          ++done;
        }
      });
    }
    std::map<EventId, std::uint64_t> seen;
    std::uint64_t last = 0;
    std::uint64_t restarts = 0;
    while (seen.size() < kWriters * kAppends) {
      const auto next = subscription.next(seconds(20));
      if (!next) FAIL(next.assume_error().message());
      REQUIRE(next.assume_value().has_value());
      CHECK(next.assume_value()->position.value() == last + 1);
      last = next.assume_value()->position.value();
      CHECK(++seen[next.assume_value()->id] == 1);
      if (restarts < 4 && last >= (restarts + 1) * 200) {
        ++restarts;
        server.stop();
        server.start();
      }
    }
    for (std::thread& writer : writers) writer.join();
    CHECK(done == kWriters * kAppends);
    CHECK(restarts == 4);
    CHECK(subscription.looked_at() == Position(kWriters * kAppends));
    CHECK(subscription.incarnation().value() > 1);
  }

  TEST_CASE("restart: a blocked reader and an idle client find the next server") {
    RestartableServer server;
    Client client = connect(server.options());
    REQUIRE(append(client, 1).has_value());
    EventSubscription subscription = client.subscribe(all());
    CHECK(position(subscription) == 1);
    server.stop();
    std::thread later([&] { server.start(); });
    CHECK(append(client, 2).has_value());
    CHECK(position(subscription) == 2);
    later.join();
  }
}
