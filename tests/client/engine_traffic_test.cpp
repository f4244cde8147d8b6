#include <doctest/doctest.h>

#include "client/fixture.hpp"

using namespace esker;
using namespace esker::tests;
using format::MessageKind;

TEST_SUITE("client") {
  TEST_CASE("engine_traffic: an append arrives as it was given and its answer comes back") {
    FakeServer server({[](Peer& peer) {
      peer.welcome();
      const ReceivedFrame frame = peer.read(MessageKind::append);
      const Result<format::ParsedAppend> parsed = format::parse_append(frame.body);
      REQUIRE(parsed.has_value());
      REQUIRE(parsed.assume_value().streams.size() == 1);
      const StreamAppend& stream = parsed.assume_value().streams[0];
      CHECK(stream.stream == "s-1");
      CHECK(stream.events[0].id == id_of(9));
      CHECK(as_text(stream.events[0].data) == "data");
      peer.send_appended(frame.number, 7);
      peer.read_to_end();
    }});
    Client client = connect(server.options());
    const Result<AppendResult> result = append(client, 9, "data");
    REQUIRE(result.has_value());
    CHECK(result.assume_value().position() == Position(7));
  }

  TEST_CASE(
      "engine_traffic: what a broken connection left without an answer is sent again in order") {
    std::vector<std::byte> first_body;
    FakeServer server({[&](Peer& peer) {
                         peer.welcome();
                         first_body = peer.read(MessageKind::append).body;
                       },
                       [&](Peer& peer) {
                         peer.welcome();
                         const ReceivedFrame again = peer.read(MessageKind::append);
                         CHECK(again.body == first_body);
                         peer.send_appended(again.number, 3);
                         peer.read_to_end();
                       }});
    Client client = connect(server.options());
    const Result<AppendResult> result = append(client);
    REQUIRE(result.has_value());
    CHECK(result.assume_value().position() == Position(3));
  }

  TEST_CASE("engine_traffic: a frame that is damaged or no right answer ends the connection") {
    for (const int fault : {0, 1, 2, 3}) {
      CAPTURE(fault);
      FakeServer server({[fault](Peer& peer) {
                           peer.welcome();
                           const std::uint64_t number = peer.read(MessageKind::append).number;
                           if (fault == 0) peer.send(number, format::Pong{});
                           if (fault == 1) peer.send(number, format::Appended{});  // no stream
                           if (fault == 2) peer.send(0, format::Pong{});
                           if (fault == 3) {
                             std::vector<std::byte> frame;
                             format::append_frame(frame, number, format::Pong{});
                             frame.back() ^= std::byte{1};
                             peer.send_bytes(frame);
                           }
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

  TEST_CASE("engine_traffic: the server's errors are told with their details") {
    FakeServer server({[](Peer& peer) {
      peer.welcome();
      const Error error(Errc::wrong_version, "no", {{"s-1", Version(4), Position(9), "happened"}});
      peer.send(peer.read(MessageKind::append).number, format::ErrorReply{error});
      peer.read_to_end();
    }});
    Client client = connect(server.options());
    const Result<AppendResult> result = append(client);
    CHECK(code_of(result) == Errc::wrong_version);
    REQUIRE(result.assume_error().conflicts().size() == 1);
    CHECK(result.assume_error().conflicts()[0].actual == Version(4));
  }

  TEST_CASE(
      "engine_traffic: an error that denies only the second sending does not deny the first") {
    const std::pair<Errc, Errc> cases[] = {{Errc::busy, Errc::outcome_unknown},
                                           {Errc::no_space, Errc::outcome_unknown},
                                           {Errc::store_failed, Errc::outcome_unknown},
                                           {Errc::wrong_version, Errc::wrong_version}};
    for (const auto& [answered, told] : cases) {
      FakeServer server({[](Peer& peer) { swallow_append(peer); },
                         [code = answered](Peer& peer) {
                           peer.welcome();
                           peer.send_error(peer.read(MessageKind::append).number, code);
                           peer.read_to_end();
                         }});
      Client client = connect(server.options());
      CHECK(code_of(append(client)) == told);
    }
  }

  TEST_CASE(
      "engine_traffic: a request longer than the server accepts is too large and disturbs no "
      "other") {
    FakeServer server({[](Peer& peer) {
      format::Welcome welcome = Peer::default_welcome();
      welcome.frame_bytes_max = 1'000;
      peer.welcome(welcome);
      answer_append(peer);
      peer.read_to_end();
    }});
    Client client = connect(server.options());
    CHECK(code_of(append(client, 1, std::string(2'000, 'x'))) == Errc::too_large);
    CHECK(append(client).has_value());
  }
}
