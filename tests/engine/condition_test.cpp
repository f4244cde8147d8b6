// Conditions under concurrency: many writers whose tags overlap, and what the log says of each of their appends.

#include <doctest/doctest.h>

#include <cerrno>
#include <deque>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "esker/store.hpp"
#include "sim/random.hpp"
#include "support/model_store.hpp"
#include "support/sim_store.hpp"
#include "support/temporary_directory.hpp"

namespace esker::tests {
namespace {

/// One append under a condition, and what was told of it.
struct Attempt {
  Condition condition;
  EventId id;
  bool written = false;
  Position position;  ///< Of the event, or of the one that stood against it.
  std::string error;
};

/// Writes events with some of eight tags, each under the condition that nothing with one of them has come since it looked.
class Writer {
 public:
  Writer(Store& store, std::uint64_t seed) : store_(store), random_(seed) {}

  void run(int times) {
    for (int i = 0; i < times; ++i) attempt();
  }

  std::deque<Attempt> attempts;

 private:
  void attempt() {
    Attempt& attempt = attempts.emplace_back();
    Tags tags;
    for (int i = 0; i < 8; ++i) {
      if (random_.below(3) != 0) continue;
      const std::string tag = "t=" + std::to_string(i);
      tags.add(tag);
      attempt.condition.filter.items.push_back({{}, {tag}});
    }
    if (attempt.condition.filter.items.empty()) {
      attempt.condition.filter.items.push_back({{"written"}, {}});
    }
    // Mostly as one who has just read; now and then from long ago, or from a place that is not there yet.
    const std::uint64_t head = store_.info().head.value();
    const std::uint64_t kind = random_.below(16);
    attempt.condition.after = Position(kind == 0 ? head / 2 : kind == 1 ? head + 3 : head);
    attempt.id = EventId::random();
    const NewEvent event{attempt.id, "written", as_bytes("{}"), {}, tags};
    const std::string stream = "s-" + std::to_string(random_.below(4));
    const StreamAppend append{stream, Expected::any(), std::span(&event, 1)};
    const Result<AppendResult> result = store_.append({std::span(&append, 1), &attempt.condition});
    attempt.written = result.has_value();
    if (result) {
      attempt.position = result.assume_value().position();
      return;
    }
    attempt.error = result.assume_error().message();
    if (result.assume_error().code() == Errc::condition_failed) {
      attempt.position = result.assume_error().conflicts().front().position;
    }
  }

  Store& store_;
  sim::Random random_;
};

/// A store in which tags `a` and `b` are frequent and never together, so that it takes long to see that nothing has both.
class Frequent {
 public:
  Frequent() {
    store.options.condition_looks = 16;
    REQUIRE(store.open());
    for (std::uint64_t events = 0; events < kEvents; events += kAtOnce) {
      grow([] {});
      store.engine().run_until_idle();
    }
  }

  /// Begins to append a hundred more events with either tag, and calls `then` when they are there.
  void grow(const std::function<void()>& then) {
    OwnedAppend append{"s-1", Expected::any(), events(kAtOnce, 1 + kAtOnce * begun_.size())};
    for (std::size_t i = 0; i < kAtOnce; ++i) append.events[i].tags = Tags{i % 2 == 0 ? "a" : "b"};
    const OwnedCommit& commit = begun_.emplace_back(std::vector{std::move(append)});
    store.engine().append_async(commit.view(), [then](Result<AppendResult> result) {
      REQUIRE(result.has_value());
      then();
    });
  }

  /// Begins an append to a stream of its own, of an event with both tags, and under the condition that there is none yet if `conditional`.
  void begin(const std::string& stream, bool conditional, bool explain = false) {
    OwnedAppend append{stream, Expected::any(), events(1, 1 + kAtOnce * begun_.size())};
    append.events.front().tags = Tags{"a", "b"};
    if (conditional) append.condition = Condition{{{}, {{{}, {"a", "b"}}}}, Position()};
    const OwnedCommit& commit = begun_.emplace_back(std::vector{std::move(append)});
    NewCommit view = commit.view();
    view.explain = explain;
    store.engine().append_async(view, [this, stream](Result<AppendResult> result) {
      answers.emplace_back(stream, std::move(result));
    });
  }

  SimStore store;
  std::vector<std::pair<std::string, Result<AppendResult>>> answers;  // in their order

 private:
  static constexpr std::size_t kAtOnce = 100;
  static constexpr std::uint64_t kEvents = 6'000;
  std::deque<OwnedCommit> begun_;
};

/// The first event in (after, end) that the condition excludes; 0: none.
Position against(const std::vector<ModelEvent>& log, const Condition& condition, Position end) {
  for (std::uint64_t at = condition.after.value(); at + 1 < end.value(); ++at) {
    if (selects(condition.filter, log[at])) return log[at].position;
  }
  return {};
}

}  // namespace

TEST_SUITE("engine") {
  TEST_CASE(
      "condition: with many writers each append that went through had nothing against it, and each "
      "that did not had just what it was told") {
    const support::TemporaryDirectory directory;
    StoreOptions options;
    options.segment_bytes = options.segment_bytes_first = 64
                                                          << 10;  // over several segments and runs
    options.durability = Durability::none();
    Store store = Store::open(directory / "store", options).value();
    std::deque<Writer> writers;
    for (std::uint64_t seed = 1; seed <= 6; ++seed) writers.emplace_back(store, seed);
    std::vector<std::thread> threads;
    for (Writer& writer : writers) threads.emplace_back([&writer] { writer.run(400); });
    for (std::thread& thread : threads) thread.join();

    Cursor cursor = store.read({}).value();
    const std::vector<ModelEvent> log = read_all(cursor).value();
    std::size_t written = 0;
    std::size_t failed = 0;
    for (const Writer& writer : writers) {
      for (const Attempt& attempt : writer.attempts) {
        REQUIRE_MESSAGE(attempt.position != Position(), attempt.error);
        if (attempt.written) {
          ++written;
          CHECK(log[attempt.position.value() - 1].event.id == attempt.id);
          CHECK(against(log, attempt.condition, attempt.position) == Position());
        } else {
          ++failed;
          CHECK(against(log, attempt.condition, Position(log.size() + 1)) == attempt.position);
        }
      }
    }
    CHECK(written == log.size());
    CHECK(written > 300);
    CHECK(failed > 100);
  }

  TEST_CASE("condition: an append again is answered as the first time, whatever has come since") {
    SimStore store;
    REQUIRE(store.open());
    OwnedAppend append{"s-1", Expected::any(), events(1, 1)};
    append.events.front().tags = Tags{"seat=1"};
    append.condition = Condition{{{}, {{{}, {"seat=1"}}}}, Position()};
    REQUIRE(store.append({append})->has_value());
    CHECK(store.append({append})->assume_value().outcome == AppendOutcome::already_there);
    append.events.front().id = id_of(2);
    const Result<AppendResult> refused = *store.append({append});
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.assume_error().code() == Errc::condition_failed);
    const Conflict& conflict = refused.assume_error().conflicts().front();
    CHECK(conflict.stream == "s-1");
    CHECK(conflict.actual == Version(1));
    CHECK(conflict.position == Position(1));
    CHECK(conflict.event_type == "happened");
    append.condition->after = Position(1);
    CHECK(store.append({append})->has_value());
  }

  TEST_CASE("condition: while one is looked at for long others go on, and what they do counts") {
    Frequent frequent;
    frequent.begin("slow-1", true);
    frequent.begin("fast-1", false);
    frequent.store.engine().run_until_idle();
    REQUIRE(frequent.answers.size() == 2);
    CHECK(frequent.answers[0].first == "fast-1");
    CHECK(frequent.answers[0].second.has_value());
    const Result<AppendResult>& slow = frequent.answers[1].second;
    REQUIRE_FALSE(slow.has_value());
    CHECK(slow.assume_error().code() == Errc::condition_failed);
    CHECK(slow.assume_error().conflicts().front().stream == "fast-1");
  }

  TEST_CASE("condition: of those that are looked at for long only one can be first") {
    Frequent frequent;
    for (const char* const stream : {"slow-1", "slow-2", "slow-3"}) frequent.begin(stream, true);
    frequent.store.engine().run_until_idle();
    REQUIRE(frequent.answers.size() == 3);
    CHECK(frequent.answers[0].second.has_value());
    for (std::size_t i : {1, 2}) {
      const Result<AppendResult>& later = frequent.answers[i].second;
      REQUIRE_FALSE(later.has_value());
      CHECK(later.assume_error().code() == Errc::condition_failed);
      CHECK(later.assume_error().conflicts().front().stream == frequent.answers[0].first);
    }
  }

  TEST_CASE("condition: what looking at one for long has cost is told") {
    Frequent frequent;
    frequent.begin("slow-1", true, true);
    frequent.store.engine().run_until_idle();
    REQUIRE(frequent.answers.size() == 1);
    const AppendResult& result = frequent.answers[0].second.assume_value();
    REQUIRE(result.explanation.has_value());
    CHECK(result.explanation->postings >= 6'000);
  }

  TEST_CASE("condition: it is decided however much comes while it is looked at") {
    Frequent frequent;
    frequent.begin("slow-1", true);
    // Behind each look at what is there, more comes than may at first be looked at in the builder.
    int grown = 0;
    std::function<void()> grow = [&] {
      if (frequent.answers.empty() && ++grown < 1'000) frequent.grow(grow);
    };
    grow();
    grow();
    frequent.store.engine().run_until_idle();
    CHECK(grown < 1'000);
    REQUIRE(frequent.answers.size() == 1);
    CHECK(frequent.answers[0].second.has_value());
  }

  TEST_CASE("condition: closing the store waits for what is looked at for long") {
    Frequent frequent;
    frequent.begin("slow-1", true);
    REQUIRE(frequent.store.close());
    REQUIRE(frequent.answers.size() == 1);
    CHECK(frequent.answers[0].second.has_value());
  }

  TEST_CASE("condition: a store that fails answers what is looked at for long") {
    Frequent frequent;
    frequent.store.disk().add_fault(
        {.call = sim::Call::fdatasync, .site = "log.group_sync", .error = EIO});
    frequent.begin("slow-1", true);
    frequent.begin("slow-2", true);
    frequent.begin("fast-1", false);
    frequent.store.engine().run_until_idle();
    REQUIRE(frequent.answers.size() == 3);
    for (const auto& [stream, answer] : frequent.answers) {
      CAPTURE(stream);
      REQUIRE_FALSE(answer.has_value());
      const bool fast = stream == "fast-1";
      CHECK(answer.assume_error().code() == (fast ? Errc::outcome_unknown : Errc::store_failed));
    }
  }

  TEST_CASE("condition: one that is about everything, or says nothing that can be, is refused") {
    SimStore store;
    REQUIRE(store.open());
    OwnedAppend append{"s-1", Expected::any(), events(1, 1)};
    for (const Filter& filter : {Filter{}, Filter{{}, {{}}}, Filter{{}, {{.tags = {""}}}}}) {
      append.condition = Condition{filter, Position()};
      CHECK(store.append({append})->assume_error().code() == Errc::invalid_argument);
    }
    append.condition = Condition{{Selector::category("s"), {}}, Position()};
    CHECK(store.append({append})->has_value());
  }

  TEST_CASE("condition: beyond the end there is nothing that it could be about") {
    SimStore store;
    REQUIRE(store.open());
    std::uint64_t id = 0;
    for (const std::uint64_t after : {std::uint64_t{1}, std::uint64_t{99}, Query::kEnd}) {
      CAPTURE(after);
      for (const Filter& filter : {Filter{Selector::prefix("s"), {}}, Filter{{}, {{{}, {"a"}}}}}) {
        OwnedAppend append{"s-1", Expected::any(), events(1, ++id)};
        append.events.front().tags = Tags{"a"};
        append.condition = Condition{filter, Position(std::max(after, id))};
        CHECK(store.append({append})->has_value());
      }
    }
  }
}

}  // namespace esker::tests
