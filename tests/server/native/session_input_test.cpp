#include <doctest/doctest.h>

#include "server/native/session.hpp"
#include "server/served_store.hpp"

namespace esker::server::test {
namespace {

using format::MessageKind;

/// Expects the connection to end with this error for the connection as a whole.
void ends_with(RawClient& client, Errc code) {
  CHECK(client.receive_error(0).code() == code);
  client.shutdown_send();
  CHECK(client.ended());
}

TEST_SUITE("server") {
  TEST_CASE("session input: ping is answered by pong with the same bytes") {
    const ServedStore served;
    RawClient client = served.client();
    client.send(5, format::Ping{as_bytes("are you there")});
    CHECK(as_text(client.receive(MessageKind::pong, 5).body) == "are you there");
  }

  TEST_CASE("session input: info tells the store's numbers") {
    ServedStore served;
    served.append("a", 3);
    RawClient client = served.client();
    client.send(6, format::InfoRequest{});
    const Received frame = client.receive(MessageKind::info_reply, 6);
    const auto reply = must(format::parse_info_reply(frame.body));
    CHECK(reply.info.head == Position(3));
    CHECK(reply.info.appended_events == 3);
  }

  TEST_CASE("session input: compaction is begun and asked about") {
    const ServedStore served;
    RawClient client = served.client();
    client.send(1, format::CompactRequest{true, {.bytes_per_second = 0}});
    CHECK(must(format::parse_compaction(client.receive(MessageKind::compaction, 1).body))
              .status.segments_done == 0);
    for (std::uint64_t request = 2;; ++request) {
      client.send(request, format::CompactRequest{});
      const auto reply =
          must(format::parse_compaction(client.receive(MessageKind::compaction, request).body));
      CHECK_FALSE(reply.status.failed);
      if (!reply.status.running) break;
    }
  }

  TEST_CASE("session input: an unknown kind is not_supported and the connection goes on") {
    const ServedStore served;
    RawClient client = served.client();
    for (const std::uint16_t kind : std::vector<std::uint16_t>{0, 32, 33, 40, 65'535}) {
      client.send(frame_of_kind(kind, 7, as_bytes("whatever it may mean")));
      CHECK(client.receive_error(7).code() == Errc::not_supported);
    }
    client.send(8, format::Ping{});
    client.receive(MessageKind::pong, 8);
  }

  // F30.
  TEST_CASE("session input: a frame that is cut anywhere closes the connection") {
    const ServedStore served;
    const std::vector<std::byte> frame = frame_of(1, OneStream("a", 2).request());
    for (std::size_t bytes = 1; bytes < frame.size(); ++bytes) {
      RawClient client = served.client();
      client.send(std::span(frame).first(bytes));
      client.shutdown_send();
      CHECK(client.receive_error(0).code() == Errc::protocol);
      CHECK(client.ended());
    }
  }

  // F30.
  TEST_CASE("session input: a flipped bit closes the connection") {
    const ServedStore served;
    const std::vector<std::byte> frame = frame_of(1, OneStream("a", 1).request());
    for (std::size_t at = 4; at < frame.size(); ++at) {
      RawClient client = served.client();
      std::vector<std::byte> flipped = frame;
      flipped[at] ^= std::byte{1};
      client.send(flipped);
      ends_with(client, Errc::protocol);
    }
  }

  // F30.
  TEST_CASE("session input: reserved bits, a second hello and request 0 close the connection") {
    const ServedStore served;
    const auto refuses = [&](const std::vector<std::byte>& frame) {
      RawClient client = served.client();
      client.send(frame);
      ends_with(client, Errc::protocol);
    };
    refuses(frame_of(0, format::Hello{}));
    refuses(frame_of(1, format::Hello{}));
    refuses(frame_of(0, format::Ping{}));
    // A body that is not what its kind says.
    for (std::uint16_t kind = 2; kind <= 8; ++kind) {
      refuses(frame_of_kind(kind, 1, std::vector<std::byte>(65, std::byte{0xee})));
    }
  }

  TEST_CASE("session input: a frame beyond the limit is refused before its body comes") {
    const ServedStore served;
    RawClient client = served.client();
    std::array<std::byte, 8> prefix{};
    prefix[3] = std::byte{0x7f};  // 2 GiB
    client.send(prefix);
    ends_with(client, Errc::too_large);
  }

  TEST_CASE("session input: a sender of single bytes is served like any other") {
    const ServedStore served;
    RawClient client(served.address());
    const auto send_slowly = [&](const std::vector<std::byte>& frame) {
      for (const std::byte& byte : frame) client.send(std::span(&byte, 1));
    };
    send_slowly(frame_of(0, format::Hello{}));
    client.receive(MessageKind::welcome, 0);
    send_slowly(frame_of(1, OneStream("slow", 3).request()));
    client.receive(MessageKind::appended, 1);
    send_slowly(frame_of(2, format::ReadRequest{1U << 20, {}}));
    CHECK(events_in(client.receive(MessageKind::events, 2)).size() == 3);
    client.receive(MessageKind::end, 2);
  }
}

}  // namespace
}  // namespace esker::server::test
