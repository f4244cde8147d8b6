#include "client/request.hpp"

#include <doctest/doctest.h>

#include "esker/event.hpp"

using namespace esker;
using client::Request;

namespace {

Request append_request(bool perhaps_done) {
  Request request;
  request.kind = format::MessageKind::append;
  request.perhaps_done = perhaps_done;
  request.streams = 1;
  return request;
}

template <class Message>
std::vector<std::byte> body(const Message& message) {
  std::vector<std::byte> bytes(format::body_bytes(message));
  format::encode_body(std::span(bytes), message);
  return bytes;
}

}  // namespace

TEST_SUITE("client") {
  TEST_CASE("request: only a decision denies an append that may have been written before") {
    const Errc decisions[] = {Errc::invalid_argument, Errc::wrong_version, Errc::partial_match,
                              Errc::too_large, Errc::not_supported};
    for (const Errc code : decisions) {
      CHECK(answer_error(append_request(true), Error(code, "")).code() == code);
    }
    const Errc others[] = {Errc::no_space, Errc::busy,         Errc::unavailable, Errc::closed,
                           Errc::corrupt,  Errc::store_failed, Errc::io_error,    Errc::protocol};
    for (const Errc code : others) {
      CHECK(answer_error(append_request(true), Error(code, "")).code() == Errc::outcome_unknown);
      CHECK(answer_error(append_request(false), Error(code, "")).code() == code);
    }
    Request info;
    info.kind = format::MessageKind::info;
    info.perhaps_done = true;
    CHECK(answer_error(info, Error(Errc::unavailable, "")).code() == Errc::unavailable);
  }

  TEST_CASE(
      "request: an answer of another kind or that does not parse is not given to the handler") {
    bool called = false;
    Request request = append_request(false);
    request.handler = client::Handler<AppendResult>([&](Result<AppendResult> result) {
      called = true;
      CHECK(result.has_value());
    });
    const auto wrong = [&](format::MessageKind kind, std::span<const std::byte> bytes) {
      const Result<void> answered = client::answer(request, kind, bytes);
      REQUIRE(answered.has_error());
      CHECK(answered.assume_error().code() == Errc::protocol);
      CHECK_FALSE(called);
    };
    format::Appended appended;
    wrong(format::MessageKind::pong, {});
    wrong(format::MessageKind::appended, {});
    wrong(format::MessageKind::appended, body(appended));  // no stream
    appended.result.streams.emplace_back();
    CHECK(client::answer(request, format::MessageKind::appended, body(appended)).has_value());
    CHECK(called);
  }
}
