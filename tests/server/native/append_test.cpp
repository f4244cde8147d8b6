#include "server/native/append.hpp"

#include <doctest/doctest.h>

#include <set>
#include <thread>

#include "server/served_store.hpp"

namespace esker::server::test {
namespace {

using format::MessageKind;

format::Appended appended(const Received& frame) {
  return must(format::parse_appended(frame.body));
}

TEST_SUITE("server") {
  TEST_CASE("append: an answer tells where the events are, and again the same") {
    const ServedStore served;
    RawClient client = served.client();
    const OneStream commit("a", 3);
    client.send(1, commit.request());
    const AppendResult first = appended(client.receive(MessageKind::appended, 1)).result;
    CHECK(first.outcome == AppendOutcome::written);
    REQUIRE(first.streams.size() == 1);
    CHECK(first.streams[0].last_version == Version(3));
    CHECK(first.position() == Position(3));

    client.send(2, commit.request());
    const AppendResult again = appended(client.receive(MessageKind::appended, 2)).result;
    CHECK(again.outcome == AppendOutcome::already_there);
    CHECK(again.position() == Position(3));
  }

  TEST_CASE("append: errors come typed, with conflicts, and the connection goes on") {
    ServedStore served;
    served.append("a", 2);
    RawClient client = served.client();
    const auto error_of = [&](std::uint64_t request, const OneStream& commit) {
      client.send(request, commit.request());
      return client.receive_error(request);
    };
    const Error wrong = error_of(1, OneStream("a", 1, 20, Expected::exactly(Version(1))));
    CHECK(wrong.code() == Errc::wrong_version);
    REQUIRE(wrong.conflicts().size() == 1);
    CHECK(wrong.conflicts()[0].actual == Version(2));
    CHECK(wrong.conflicts()[0].stream == "a");
    CHECK(error_of(2, OneStream("", 1)).code() == Errc::invalid_argument);
    CHECK(error_of(3, OneStream("a", 0)).code() == Errc::invalid_argument);
    CHECK(error_of(4, OneStream("a", 1, 300U << 10)).code() == Errc::too_large);
    client.send(5, OneStream("a", 1).request());
    client.receive(MessageKind::appended, 5);
  }

  TEST_CASE("append: a store that is closed says so") {
    ServedStore served;
    RawClient client = served.client();
    must(served.store().close());
    client.send(1, OneStream("a", 1).request());
    CHECK(client.receive_error(1).code() == Errc::closed);
  }

  TEST_CASE("append: many in flight are all answered, beyond the bound by waiting") {
    ServerOptions options;
    options.connection_appends_max = 4;
    options.connection_request_bytes = 1'000;
    ServedStore served(options);
    RawClient client = served.client();
    std::vector<std::byte> bytes;
    constexpr std::uint64_t kCount = 500;
    for (std::uint64_t request = 1; request <= kCount; ++request) {
      format::append_frame(bytes, request, OneStream("a", 1, 500).request());
    }
    client.send(bytes);
    std::set<std::uint64_t> answered;
    for (std::uint64_t i = 0; i < kCount; ++i) {
      const Received frame = client.receive();
      CHECK(frame.kind() == MessageKind::appended);
      answered.insert(frame.header.request);
    }
    CHECK(answered.size() == kCount);
    CHECK(must(served.store().current_version("a")) == Version(kCount));
    CHECK(served.server().stats().request_bytes == 0);
  }

  TEST_CASE("append: commits of many streams get long answers in order of their streams") {
    ServedStore served;
    RawClient client = served.client();
    std::vector<std::string> names;
    for (int i = 0; i < 2'000; ++i) names.push_back("stream-" + std::to_string(i));
    std::vector<NewEvent> events;
    for (std::size_t i = 0; i < names.size(); ++i) events.push_back({Uuid::random(), "t", {}, {}});
    std::vector<StreamAppend> streams;
    for (std::size_t i = 0; i < names.size(); ++i) {
      streams.push_back({names[i], Expected::no_stream(), std::span(events).subspan(i, 1)});
    }
    client.send(1, format::AppendRequest{streams});
    const AppendResult result = appended(client.receive(MessageKind::appended, 1)).result;
    REQUIRE(result.streams.size() == names.size());
    CHECK(result.streams.front().first_position == Position(1));
    CHECK(result.streams.back().first_position == Position(names.size()));
    client.send(2, format::Ping{});
    client.receive(MessageKind::pong, 2);
    CHECK(served.server().stats().request_bytes == 0);
  }

  TEST_CASE("append: when shared memory is used up, connections wait for their turn") {
    ServerOptions options;
    options.frame_bytes_max = (512U << 10) + format::kFrameOverheadBytes;
    options.request_bytes_max = options.frame_bytes_max;  // one large frame at a time
    ServedStore served(options);
    // Holds nearly all of it, since the server waits for the rest of the frame.
    RawClient holder = served.client();
    const std::vector<std::byte> held =
        frame_of_kind(static_cast<std::uint16_t>(MessageKind::append), 1,
                      std::vector<std::byte>(options.frame_bytes_max));
    holder.send(std::span(held).first(100));
    while (served.server().stats().request_bytes == 0) {
      std::this_thread::yield();
    }
    RawClient waiting = served.client();
    const OneStream commit("a", 1, 200U << 10);
    waiting.send(1, commit.request());
    RawClient small = served.client();
    small.send(1, OneStream("b", 1).request());
    small.receive(MessageKind::appended, 1);  // needs no shared memory, so nobody disturbs it
    CHECK(must(served.store().current_version("a")) == Version(0));
    holder.shutdown_send();
    CHECK(holder.receive_error(0).code() == Errc::protocol);
    waiting.receive(MessageKind::appended, 1);
    waiting.send(2, format::Ping{});
    waiting.receive(MessageKind::pong, 2);
    CHECK(served.server().stats().request_bytes == 0);
  }
}

}  // namespace
}  // namespace esker::server::test
