#include "esker/client.hpp"

#include <doctest/doctest.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <thread>

#include "client/fake_server.hpp"
#include "support/commits.hpp"

using namespace esker;
using format::MessageKind;
using tests::FakeServer;
using tests::Peer;

namespace asio = boost::asio;

namespace {

/// Appends, reads and asks, each by its asynchronous form; how many events were read.
asio::awaitable<std::uint64_t> use_all(Client& client, bool close) {
  const NewEvent event{tests::id_of(1), "happened", as_bytes("{}"), {}};
  const Result<AppendResult> appended = co_await client.async_append(
      "s-1", Expected::any(), std::span(&event, 1), asio::use_awaitable);
  CHECK(appended.has_value());
  CHECK((co_await client.async_info(asio::use_awaitable)).has_value());
  CHECK((co_await client.async_ping(asio::use_awaitable)).has_value());
  EventReader reader = client.read({});
  std::uint64_t events = 0;
  for (;;) {
    const Result<std::optional<EventView>> next = co_await reader.async_next(asio::use_awaitable);
    CHECK(next.has_value());
    if (!next || !next.assume_value()) break;
    CHECK(next.assume_value()->position.value() == ++events);
  }
  if (close) client.close();
  co_return events;
}

void serve_all(Peer& peer) {
  peer.welcome();
  peer.send_appended(peer.read(MessageKind::append).number);
  peer.send(peer.read(MessageKind::info).number, format::InfoReply{});
  peer.send(peer.read(MessageKind::ping).number, format::Pong{});
  const std::uint64_t number = peer.read(MessageKind::read).number;
  for (const std::uint64_t first : {1U, 11U, 21U}) {
    peer.send_events(number, tests::records(first, 10));
  }
  peer.send(number, format::End{});
  peer.read_to_end();
}

}  // namespace

TEST_SUITE("client") {
  TEST_CASE("client: works on the caller's executor and lets it end when it is closed") {
    FakeServer server({serve_all});
    asio::io_context context;
    Result<Client> client = Client::start(context.get_executor(), server.options());
    REQUIRE(client.has_value());
    std::uint64_t events = 0;
    asio::co_spawn(context, use_all(client.assume_value(), true),
                   [&](const std::exception_ptr& thrown, std::uint64_t result) {
                     CHECK(thrown == nullptr);
                     events = result;
                   });
    context.run();  // returns: nothing keeps it at work
    CHECK(events == 30);
  }

  TEST_CASE("client: roots and proofs are what the server answers, if that is what was asked") {
    TreeHash hash = *TreeHash::parse(std::string(64, 'a'));
    FakeServer server({[&](Peer& peer) {
      peer.welcome();
      const auto answer = [&](format::ProofReply reply) {
        const auto asked = peer.read(MessageKind::prove);
        const auto prove = format::parse_prove(asked.body);
        REQUIRE(prove.has_value());
        CHECK(prove.assume_value().what == reply.what);
        CHECK(prove.assume_value().first == reply.first);
        peer.send(asked.number, reply);
      };
      using enum format::ProofKind;
      answer({root, {}, Position(7), hash});
      answer({inclusion, Position(3), Position(7), hash, {hash, hash}});
      answer({consistency, Position(3), Position(7), {}, {hash}});
      answer({root, {}, Position(8), hash});  // another one than was asked for
      peer.read_to_end();
    }});
    Result<Client> connected = Client::connect(server.options());
    REQUIRE(connected.has_value());
    Client& client = connected.assume_value();
    CHECK(client.root().assume_value() == Root{Position(7), hash});
    CHECK(client.prove_inclusion(Position(3)).assume_value() ==
          InclusionProof{Position(3), Position(7), hash, {hash, hash}});
    CHECK(client.prove_consistency(Position(3), Position(7)).assume_value() ==
          ConsistencyProof{Position(3), Position(7), {hash}});
    CHECK(client.root(Position(7)).assume_error().code() == Errc::protocol);
    client.close();
  }

  TEST_CASE("client: handlers of a client with a thread of its own run on their own executor") {
    FakeServer server({serve_all});
    Result<Client> client = Client::connect(server.options());
    REQUIRE(client.has_value());
    asio::io_context context;
    std::uint64_t events = 0;
    asio::co_spawn(
        context, use_all(client.assume_value(), false),
        [&](const std::exception_ptr& /*thrown*/, std::uint64_t result) { events = result; });
    context.run();
    CHECK(events == 30);
  }

  TEST_CASE("client: several threads may run the caller's executor") {
    constexpr std::uint64_t kAppends = 500;
    FakeServer server({[](Peer& peer) {
      peer.welcome();
      for (std::uint64_t i = 1; i <= kAppends; ++i) {
        peer.send_appended(peer.read(MessageKind::append).number, i);
      }
      peer.read_to_end();
    }});
    asio::io_context context;
    Result<Client> client = Client::start(context.get_executor(), server.options());
    REQUIRE(client.has_value());
    std::atomic<std::uint64_t> answered{0};
    const NewEvent event{tests::id_of(1), "happened", as_bytes("{}"), {}};
    for (std::uint64_t i = 0; i < kAppends; ++i) {
      client.assume_value().async_append("s-1", Expected::any(), std::span(&event, 1),
                                         [&](const Result<AppendResult>& result) {
                                           CHECK(result.has_value());
                                           if (++answered == kAppends)
                                             client.assume_value().close();
                                         });
    }
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) threads.emplace_back([&] { context.run(); });
    for (std::thread& thread : threads) thread.join();
    CHECK(answered == kAppends);
  }

  TEST_CASE("client: an event that was handed out asynchronously stays until the next call") {
    FakeServer server({[](Peer& peer) {
      peer.welcome();
      const std::uint64_t number = peer.read(MessageKind::subscribe).number;
      peer.send_events(number, tests::records(1, 1));
      peer.send_events(number, tests::records(2, 1));
      peer.read_to_end();
    }});
    Result<Client> client = Client::connect(server.options());
    REQUIRE(client.has_value());
    EventSubscription subscription = client.assume_value().subscribe({});
    asio::io_context context;
    std::optional<EventView> event;
    subscription.async_next(asio::bind_executor(
        context,
        [&](const Result<std::optional<EventView>>& next) { event = next.assume_value(); }));
    context.run();
    REQUIRE(event.has_value());
    CHECK(event->stream == "s-1");
    CHECK(event->position == Position(1));
    while (!subscription.poll().assume_value()) {
    }
  }

  TEST_CASE("client: moving one over another closes the other") {
    FakeServer server({[](Peer& peer) {
                         peer.welcome();
                         peer.read_to_end();
                       },
                       [](Peer& peer) {
                         peer.welcome();
                         peer.send(peer.read(MessageKind::ping).number, format::Pong{});
                         peer.read_to_end();
                       }});
    ClientOptions options = server.options();
    std::optional<Client> first(Client::connect(options).assume_value());
    std::thread second([&] {  // the server takes the second when the first has gone
      Result<Client> client = Client::connect(options);
      REQUIRE(client.has_value());
      CHECK(client.assume_value().ping().has_value());
    });
    Client moved = std::move(*first);
    first.reset();
    moved.close();
    second.join();
  }
}
