#include "server/grpc/subscription_source.hpp"

#include <doctest/doctest.h>

#include "server/grpc/kurrent_client.hpp"

namespace esker::server::test {
namespace {

using streams::ReadReq;
using streams::ReadResp;

ReadReq subscription(ReadReq request) {
  request.mutable_options()->mutable_subscription();
  return request;
}

ReadReq behind(ReadReq request, std::uint64_t number) {
  if (request.options().has_all()) {
    request.mutable_options()->mutable_all()->mutable_position()->set_commit_position(number);
  } else {
    request.mutable_options()->mutable_stream()->set_revision(number);
  }
  return request;
}

ReadReq filtered(ReadReq request, const std::string& prefix, std::uint32_t window,
                 std::uint32_t multiplier = 1) {
  auto& filter = *request.mutable_options()->mutable_filter();
  filter.mutable_stream_identifier()->add_prefix(prefix);
  filter.set_max(window);
  filter.set_checkpointintervalmultiplier(multiplier);
  return request;
}

/// A subscription as its client sees it: one word a message.
class Subscriber {
 public:
  Subscriber(ServedGrpc& served, const ReadReq& request)
      : reader_(served.stub().Read(&context_, request)) {}
  ~Subscriber() {
    context_.TryCancel();
    ReadResp rest;
    while (reader_->Read(&rest)) {
    }
    if (!finished_) (void)reader_->Finish();
  }
  Subscriber(const Subscriber&) = delete;
  Subscriber& operator=(const Subscriber&) = delete;

  /// "end" when there are no more.
  std::string next() {
    if (!reader_->Read(&message_)) return "end";
    switch (message_.content_case()) {
      case ReadResp::kConfirmation:
        return message_.confirmation().subscription_id().empty() ? "no id" : "confirmed";
      case ReadResp::kEvent:
        return text_of(message_.event().has_link() ? message_.event().link()
                                                   : message_.event().event());
      case ReadResp::kCheckpoint:
        return "checkpoint " + std::to_string(message_.checkpoint().commit_position());
      case ReadResp::kCaughtUp:
        return "caught up" + place(message_.caught_up());
      case ReadResp::kFellBehind:
        return "fell behind" + place(message_.fell_behind());
      default:
        return "something else";
    }
  }
  std::vector<std::string> next(std::size_t count) {
    std::vector<std::string> words;
    for (std::size_t i = 0; i < count; ++i) words.push_back(next());
    return words;
  }
  ::grpc::Status status() {
    finished_ = true;
    return reader_->Finish();
  }

 private:
  template <class Message>
  static std::string place(const Message& message) {
    if (!message.has_timestamp()) return " at no time";
    if (message.has_stream_revision()) return " @" + std::to_string(message.stream_revision());
    if (message.has_position()) {
      return " at " + std::to_string(message.position().commit_position());
    }
    return "";
  }

  ::grpc::ClientContext context_;
  std::unique_ptr<::grpc::ClientReader<ReadResp>> reader_;
  ReadResp message_;
  bool finished_ = false;
};

using Words = std::vector<std::string>;

TEST_SUITE("server") {
  TEST_CASE("subscription: a stream's events come, then word of having caught up, then new ones") {
    ServedGrpc served;
    append(served, "a-1", 2);
    Subscriber subscriber(served, subscription(read_stream("a-1")));
    CHECK(subscriber.next(4) == Words{"confirmed", "a-1@0", "a-1@1", "caught up @1"});
    append(served, "b-1");
    append(served, "a-1");
    CHECK(subscriber.next() == "a-1@2");
  }

  TEST_CASE("subscription: it begins behind the number that is given, and passes over to there") {
    ServedGrpc served;
    append(served, "a-1", 3);
    Subscriber from_one(served, subscription(behind(read_stream("a-1"), 1)));
    CHECK(from_one.next(3) == Words{"confirmed", "a-1@2", "caught up @2"});
    Subscriber from_ahead(served, subscription(behind(read_stream("a-1"), 4)));
    CHECK(from_ahead.next(2) == Words{"confirmed", "caught up @4"});
    Subscriber all(served, subscription(behind(read_all(), 2)));
    CHECK(all.next(3) == Words{"confirmed", "a-1@2", "caught up at 3"});
    Subscriber all_ahead(served, subscription(behind(read_all(), 5)));
    CHECK(all_ahead.next(2) == Words{"confirmed", "caught up at 5"});
    ReadReq at_end = subscription(read_all());
    at_end.mutable_options()->mutable_all()->mutable_end();
    Subscriber end(served, at_end);
    CHECK(end.next(2) == Words{"confirmed", "caught up at 3"});
    append(served, "a-1", 3);
    CHECK(from_ahead.next() == "a-1@5");
    CHECK(all_ahead.next() == "a-1@5");
    CHECK(end.next() == "a-1@3");
  }

  TEST_CASE("subscription: a stream that is not there yet is waited for") {
    ServedGrpc served;
    Subscriber subscriber(served, subscription(read_stream("a-1")));
    CHECK(subscriber.next(2) == Words{"confirmed", "caught up"});
    append(served, "a-1");
    CHECK(subscriber.next() == "a-1@0");
  }

  TEST_CASE("subscription: the tombstone is the last that comes") {
    ServedGrpc served;
    append(served, "a-1");
    Subscriber subscriber(served, subscription(read_stream("a-1")));
    CHECK(subscriber.next(3) == Words{"confirmed", "a-1@0", "caught up @0"});
    REQUIRE(served.store().tombstone_stream("a-1").has_value());
    CHECK(subscriber.next(2) == Words{"a-1@9223372036854775807", "end"});
    CHECK(subscriber.status().error_code() == ::grpc::FAILED_PRECONDITION);
    Subscriber late(served, subscription(read_stream("a-1")));
    CHECK(late.next() == "end");
    CHECK(late.status().error_message() == "Event stream 'a-1' is deleted.");
  }

  TEST_CASE("subscription: with a filter, checkpoints say how far it has looked") {
    ServedGrpc served;
    append(served, "a-1", 5);
    append(served, "b-1", 1);
    append(served, "a-1", 3);
    Subscriber subscriber(served, subscription(filtered(read_all(), "b-", 2, 2)));
    CHECK(subscriber.next(5) ==
          Words{"confirmed", "checkpoint 4", "b-1@0", "checkpoint 8", "checkpoint 9"});
    CHECK(subscriber.next() == "caught up at 9");
    append(served, "a-1", 5);
    CHECK(subscriber.next() == "checkpoint 13");
    append(served, "b-1");
    CHECK(subscriber.next() == "b-1@1");

    ReadReq at_end = subscription(filtered(read_all(), "b-", 1));
    at_end.mutable_options()->mutable_all()->mutable_end();
    Subscriber end(served, at_end);
    CHECK(end.next(2) == Words{"confirmed", "caught up at 15"});
  }

  TEST_CASE("subscription: an explosive expression ends it with an error") {
    ServedGrpc served;
    ReadReq request = subscription(read_all());
    auto& filter = *request.mutable_options()->mutable_filter();
    filter.mutable_event_type()->set_regex("^((x|x|xx)+)+$(?<!x)");
    filter.set_checkpointintervalmultiplier(1);
    Subscriber subscriber(served, request);
    CHECK(subscriber.next(2) == Words{"confirmed", "caught up"});
    append(served, "a-1", 1, std::string(300, 'x'));
    CHECK(subscriber.next() == "end");
    CHECK(subscriber.status().error_code() == ::grpc::INVALID_ARGUMENT);
  }

  TEST_CASE("subscription: a projection's goes on with new links") {
    ServedGrpc served;
    append(served, "order-1");
    ReadReq request = subscription(read_stream("$ce-order"));
    request.mutable_options()->set_resolve_links(true);
    Subscriber subscriber(served, request);
    CHECK(subscriber.next(3) == Words{"confirmed", "$ce-order@0", "caught up @0"});
    append(served, "bill-1");
    append(served, "order-2");
    CHECK(subscriber.next() == "$ce-order@2");
    Subscriber later(served, subscription(behind(read_stream("$ce-order"), 0)));
    CHECK(later.next(2) == Words{"confirmed", "$ce-order@2"});
  }

  TEST_CASE("subscription: who is flooded is told that it fell behind, and when it has caught up") {
    ServedGrpc served;
    Subscriber subscriber(served, subscription(read_all()));
    CHECK(subscriber.next(2) == Words{"confirmed", "caught up"});
    // More than transport buffers hold, so that what is not read waits in the store.
    for (int i = 0; i < 60; ++i) {
      std::vector<streams::ProposedMessage> events;
      for (int k = 0; k < 400; ++k) {
        events.push_back(proposed(Uuid::random(), "large", std::string(1000, 'x')));
      }
      REQUIRE(append(served, options_of("a-1"), events).answer.has_success());
    }
    std::size_t events = 0;
    Words others;
    while (others.empty() || !others.back().starts_with("caught up")) {
      std::string word = subscriber.next();
      if (word.starts_with("a-1@")) {
        ++events;
      } else {
        others.push_back(std::move(word));
      }
    }
    CHECK(others.front().starts_with("fell behind at "));
    CHECK(others.back() == "caught up at 24000");
    CHECK(events == 24000);
  }
}

}  // namespace
}  // namespace esker::server::test
