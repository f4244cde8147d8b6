#include "client/engine.hpp"

#include <doctest/doctest.h>

#include <future>
#include <thread>

#include "client/fixture.hpp"

using namespace esker;
using namespace esker::tests;
using format::MessageKind;

TEST_SUITE("client") {
  TEST_CASE("engine: appends of many threads share the connection and each gets its own answer") {
    constexpr std::uint64_t kThreads = 8;
    constexpr std::uint64_t kAppends = 200;
    FakeServer server({[](Peer& peer) {
      peer.welcome();
      for (std::uint64_t i = 0; i < kThreads * kAppends; ++i) {
        const ReceivedFrame frame = peer.read(MessageKind::append);
        const Result<format::ParsedAppend> parsed = format::parse_append(frame.body);
        REQUIRE(parsed.has_value());
        const std::string data(as_text(parsed.assume_value().streams[0].events[0].data));
        peer.send_appended(frame.number, std::stoull(data));
      }
      peer.read_to_end();
    }});
    Client client = connect(server.options());
    std::atomic<std::uint64_t> right{0};
    std::vector<std::thread> threads;
    for (std::uint64_t t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (std::uint64_t i = 1; i <= kAppends; ++i) {
          const std::uint64_t mark = t * kAppends + i;
          const Result<AppendResult> result = append(client, mark, std::to_string(mark));
          if (result && result.assume_value().position() == Position(mark)) ++right;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(right == kThreads * kAppends);
  }

  TEST_CASE("engine: closing answers what waits and what comes later") {
    std::promise<void> received;
    FakeServer server({[&](Peer& peer) {
      peer.welcome();
      peer.read(MessageKind::append);
      peer.read(MessageKind::info);
      received.set_value();
      peer.read_to_end();
    }});
    Client client = connect(server.options());
    std::promise<Errc> appended;
    std::promise<Errc> informed;
    const NewEvent event{id_of(1), "happened", {}, {}};
    client.async_append("s-1", Expected::any(), std::span(&event, 1),
                        [&](Result<AppendResult> result) { appended.set_value(code_of(result)); });
    client.async_info([&](Result<StoreInfo> result) { informed.set_value(code_of(result)); });
    received.get_future().get();
    client.close();
    CHECK(appended.get_future().get() == Errc::outcome_unknown);
    CHECK(informed.get_future().get() == Errc::closed);
    client.close();
    CHECK(code_of(append(client)) == Errc::closed);
    CHECK(code_of(client.info()) == Errc::closed);
    std::promise<Errc> later;
    client.async_ping([&](Result<void> result) { later.set_value(code_of(result)); });
    CHECK(later.get_future().get() == Errc::closed);
  }
}
