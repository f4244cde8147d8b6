#include "history/check.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <string>

#include "history/linearize.hpp"
#include "support/operations.hpp"

namespace esker::history {
namespace {

using tests::ModelEvent;
using tests::ModelStore;
using tests::OwnedAppend;

Seen seen(const ModelEvent& event, std::int64_t time = 0) {
  return {event.position, event.version, event.event.id, time};
}

/// Makes histories of a store that keeps its promises: each operation happens at one instant within its time.
class Maker {
 public:
  explicit Maker(std::uint64_t seed) : operations_(seed), random_(seed ^ 0x5EED) {}

  History make(std::size_t operations) {
    for (std::size_t i = 0; i < operations; ++i) {
      now_ += 1 + static_cast<std::int64_t>(random_.below(20));
      operations_.begin_step(i);
      if (random_.chance(2)) {
        read();
      } else {
        append();
      }
    }
    history_.log = model_.events();
    for (const Filter& filter :
         {Filter(), Filter{Selector::stream(first_stream())}, Filter{{}, {{.types = {"paid"}}}}}) {
      Subscriber subscriber{filter, {}, model_.head(), true};
      for (const ModelEvent& event : history_.log) {
        if (tests::selects(filter, event)) subscriber.events.push_back(seen(event, now_ + 100));
      }
      history_.subscribers.push_back(std::move(subscriber));
    }
    return std::move(history_);
  }

 private:
  Interval around_now() {
    const auto before = static_cast<std::int64_t>(random_.below(40));
    const auto after = static_cast<std::int64_t>(random_.below(40));
    return {now_ - before, now_ + after};
  }

  std::string first_stream() const {
    return model_.events().empty() ? "none-1" : model_.events().front().stream;
  }

  void append() {
    Append append{around_now(), operations_.append(model_)};
    const bool unanswered = random_.chance(1);
    const bool lost = unanswered && random_.chance(4);
    if (!lost) {
      Result<AppendResult> answer = model_.append(append.streams);
      if (answer) {
        append.answer = Answer::acknowledged;
        append.result = std::move(answer).assume_value();
      } else if (answer.assume_error().code() == Errc::wrong_version) {
        append.answer = Answer::conflict;
        for (const Conflict& conflict : answer.assume_error().conflicts()) {
          append.conflicts.push_back(conflict);
        }
      } else {
        append.answer = Answer::refused;
      }
    }
    if (unanswered) {
      append.answer = Answer::unknown;
      append.time.end = Interval::kNever;
    }
    history_.appends.push_back(std::move(append));
  }

  void read() {
    Read read{around_now(), operations_.query(model_), {}};
    // Bounds that no client of a campaign uses; the checker does not know them.
    read.query.to.reset();
    read.query.as_of = Position();
    read.query.from_last.clear();
    read.query.first_of_stream = false;
    const auto events = model_.read(read.query);
    if (!events) return;
    for (const ModelEvent& event : events.assume_value()) read.events.push_back(seen(event));
    history_.reads.push_back(std::move(read));
  }

  tests::Operations operations_;
  sim::Random random_;
  ModelStore model_;
  std::int64_t now_ = 1000;
  History history_;
};

/// Two commits to one stream, the second after the first was answered; a read and a subscriber of both.
class SmallHistory {
 protected:
  SmallHistory() {
    ModelStore model;
    for (std::int64_t i = 0; i < 2; ++i) {
      Append append{{100 * i, 100 * i + 50},
                    {{"order-1", Expected::exactly(Version(static_cast<std::uint64_t>(2 * i))),
                      tests::events(2, static_cast<std::uint64_t>(1 + 2 * i))}}};
      append.answer = Answer::acknowledged;
      append.result = model.append(append.streams).value();
      history_.appends.push_back(std::move(append));
    }
    history_.log = model.events();
    Read read{{200, 210}, {}, {}};
    Subscriber subscriber{Filter(), {}, model.head(), true};
    for (const ModelEvent& event : history_.log) {
      read.events.push_back(seen(event));
      subscriber.events.push_back(seen(event, 220));
    }
    history_.reads.push_back(read);
    history_.subscribers.push_back(subscriber);
    REQUIRE_FALSE(check(history_).has_value());
  }

  /// Expects that the check says this of the history.
  void refused(std::string_view what) const {
    const std::optional<std::string> found = check(history_);
    REQUIRE(found.has_value());
    CHECK_MESSAGE(found->find(what) != std::string::npos, *found);
  }

  /// Takes an event out of the log; those behind it move up.
  void lose(std::size_t index) {
    history_.log.erase(history_.log.begin() + static_cast<std::ptrdiff_t>(index));
    for (std::size_t i = index; i < history_.log.size(); ++i) {
      history_.log[i].position = history_.log[i].position.previous();
      history_.log[i].version = history_.log[i].version.previous();
    }
  }

  History history_;
};

}  // namespace

TEST_SUITE("history") {
  TEST_CASE_FIXTURE(SmallHistory, "check: an acknowledged append that is lost, or elsewhere") {
    SUBCASE("lost") {
      lose(3);
      refused("an acknowledged append is not there");
    }
    SUBCASE("elsewhere") {
      history_.appends[0].result.streams[0].first_position = Position(2);
      refused("not where its answer said");
    }
    SUBCASE("with a last position of its own") {
      history_.appends[0].result.streams[0].last_position = Position(3);
      refused("names other places");
    }
    SUBCASE("against what it expected") {
      history_.appends[1].streams[0].expected = Expected::no_stream();
      refused("against what it expected");
    }
  }

  TEST_CASE_FIXTURE(SmallHistory, "check: an order that nobody's clock allows") {
    std::swap(history_.appends[0].time, history_.appends[1].time);
    refused("comes before one that was answered before it was begun");
  }

  TEST_CASE_FIXTURE(SmallHistory, "check: a read that lacks, adds or mixes up events") {
    std::vector<Seen>& events = history_.reads[0].events;
    SUBCASE("the last one") {
      events.pop_back();
      refused("a read lacks what was acknowledged");
    }
    SUBCASE("one in the middle") {
      events.erase(events.begin() + 1);
      refused("a read leaves events out");
    }
    SUBCASE("of which one was appended later") {
      history_.reads[0].time = {20, 60};
      refused("a read shows what was begun after it");
    }
    SUBCASE("of another stream") {
      history_.reads[0].query.selector = Selector::stream("order-2");
      refused("a read leaves events out");
    }
    SUBCASE("more than it was asked for") {
      history_.reads[0].query.limit = 3;
      refused("a read shows more than it was asked for");
    }
    SUBCASE("that are not in the log") {
      events[1].id = tests::id_of(99);
      refused("a read shows what is not in the log");
    }
    SUBCASE("backwards, without the newest") {
      history_.reads[0].query = {.direction = Direction::backwards, .from = Query::kEnd};
      std::reverse(events.begin(), events.end());
      REQUIRE_FALSE(check(history_).has_value());
      events.erase(events.begin());
      refused("a read lacks what was acknowledged");
    }
    SUBCASE("backwards, without the oldest") {
      history_.reads[0].query = {.direction = Direction::backwards, .from = Query::kEnd};
      std::reverse(events.begin(), events.end());
      events.pop_back();
      refused("a read lacks what was acknowledged");
    }
  }

  TEST_CASE_FIXTURE(SmallHistory, "check: a conflict of a version that the stream did not have") {
    Append late{{300, 310}, {{"order-1", Expected::no_stream(), tests::events(1, 50)}}};
    late.answer = Answer::conflict;
    late.conflicts = {{"order-1", Version(4), Position(4), "happened"}};
    history_.appends.push_back(late);
    REQUIRE_FALSE(check(history_).has_value());
    Append& append = history_.appends.back();
    SUBCASE("any more") {
      append.conflicts[0].actual = Version(2);
      refused("no longer had the version");
    }
    SUBCASE("yet") {
      append.time = {60, 70};
      refused("did not yet have the version");
    }
    SUBCASE("ever") {
      append.conflicts[0].actual = Version(5);
      refused("never had the version");
    }
    SUBCASE("that it expected") {
      append.streams[0].expected = Expected::exactly(Version(4));
      refused("a conflict is none");
    }
  }

  TEST_CASE_FIXTURE(SmallHistory, "check: what is there in part, or that nobody appended") {
    SUBCASE("half of a commit without an answer") {
      history_.appends[1].answer = Answer::unknown;
      history_.reads.clear();
      history_.subscribers.clear();
      lose(3);
      refused("a commit is there in part");
    }
    SUBCASE("a refused one") {
      history_.appends[1].answer = Answer::refused;
      refused("that nobody appended, or that was refused");
    }
    SUBCASE("one that was never sent") {
      history_.appends.pop_back();
      refused("that nobody appended, or that was refused");
    }
    SUBCASE("one without an answer, whole") {
      history_.appends[1].answer = Answer::unknown;
      CHECK_FALSE(check(history_).has_value());
    }
  }

  TEST_CASE_FIXTURE(SmallHistory,
                    "check: a subscriber that is given too little, too much, too early") {
    Subscriber& subscriber = history_.subscribers[0];
    SUBCASE("twice the same") {
      subscriber.events.insert(subscriber.events.begin() + 1, subscriber.events[1]);
      refused("out of order, twice, or not all");
    }
    SUBCASE("one left out") {
      subscriber.events.erase(subscriber.events.begin() + 1);
      refused("out of order, twice, or not all");
    }
    SUBCASE("a checkpoint beyond what was given") {
      subscriber.complete = false;
      subscriber.events.pop_back();
      refused("a checkpoint lies beyond an event not given");
    }
    SUBCASE("the end never reached") {
      subscriber.events.pop_back();
      subscriber.looked_at = Position(3);
      refused("was not given an event");
    }
    SUBCASE("before it was there") {
      subscriber.events[3].time = 90;
      refused("before it was begun");
    }
  }

  TEST_CASE("check: histories of a store that keeps its promises pass") {
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
      CAPTURE(seed);
      const std::optional<std::string> wrong = check(Maker(seed).make(60));
      REQUIRE_MESSAGE(!wrong, *wrong);
    }
  }

  TEST_CASE("check: on small histories it agrees with the search of Wing and Gong") {
    std::size_t broken = 0;
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
      CAPTURE(seed);
      History history = Maker(seed).make(10);
      REQUIRE(linearizable(history));
      // An event vanishes from a read that was over the whole log.
      const auto read = std::ranges::find_if(history.reads, [](const Read& one) {
        return one.events.size() > 2 && one.query.limit >= 100;
      });
      if (read == history.reads.end()) continue;
      read->events.erase(read->events.begin() + 1);
      ++broken;
      CHECK_FALSE(linearizable(history));
      CHECK(check(history).has_value());
    }
    CHECK(broken > 20);
  }
}

}  // namespace esker::history
