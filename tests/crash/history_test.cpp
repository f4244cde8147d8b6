#include "crash/history.hpp"

#include <doctest/doctest.h>

namespace esker::crash {
namespace {

using tests::OwnedAppend;

std::vector<OwnedAppend> commit(std::uint64_t first_id, std::size_t count = 2) {
  return {{"order-1", Expected::any(), tests::events(count, first_id)}};
}

/// A history with two answered commits of two events, and two that are not answered.
class HistoryFixture {
 protected:
  HistoryFixture() {
    for (const std::uint64_t id : {1U, 3U}) acknowledge(id);
    for (const std::uint64_t id : {5U, 7U}) {
      history_.begin(commit(id));
      static_cast<void>(store_.append(commit(id)).has_value());
    }
  }

  void acknowledge(std::uint64_t id) {
    const History::Ticket ticket = history_.begin(commit(id));
    history_.answer(ticket, store_.append(commit(id)), verdict_);
    REQUIRE(verdict_.clean());
  }

  /// The number of what is broken when so many events are there after a crash; "" when nothing is.
  std::string broken(std::size_t events) {
    std::vector<tests::ModelEvent> there = store_.events();
    there.resize(events);
    return broken(there);
  }

  std::string broken(const std::vector<tests::ModelEvent>& events) {
    History history = history_;
    Verdict verdict;
    history.recovered(events, verdict);
    return verdict.clean() ? "" : verdict.violation().invariant;
  }

  tests::ModelStore store_;
  History history_;
  Verdict verdict_;
};

}  // namespace

TEST_SUITE("crash") {
  TEST_CASE_FIXTURE(HistoryFixture,
                    "history: unanswered commits may be there, whole and in order") {
    CHECK(broken(4).empty());
    CHECK(broken(6).empty());
    CHECK(broken(8).empty());
    CHECK(broken(3) == "I1");
    CHECK(broken(5) == "I2");
    std::vector<tests::ModelEvent> hole = store_.events();
    hole.erase(hole.begin() + 4, hole.begin() + 6);
    for (std::size_t i = 4; i < hole.size(); ++i) {
      hole[i].position = Position(i + 1);
      hole[i].version = Version(i + 1);
    }
    CHECK(broken(hole) == "I4");
    std::vector<tests::ModelEvent> changed = store_.events();
    changed[1].event.data = "other";
    CHECK(broken(changed) == "I1");
    changed = store_.events();
    changed.push_back(changed.back());
    CHECK(broken(changed) == "I2");
  }

  TEST_CASE_FIXTURE(HistoryFixture, "history: an answer must be the model's") {
    const History::Ticket third = 2;
    Verdict verdict;
    history_.answer(third,
                    AppendResult{AppendOutcome::written,
                                 {{Version(9), Version(10), Position(9), Position(10)}}},
                    verdict);
    REQUIRE_FALSE(verdict.clean());
    CHECK(verdict.violation().invariant == "I6");
    Verdict refused;
    History again;
    again.answer(again.begin(commit(1)), Error(Errc::no_space, "full"), refused);
    CHECK(refused.violation().invariant == "I15");
    Verdict allowed;
    again.allow_refusals(true);
    again.answer(again.begin(commit(1)), Error(Errc::no_space, "full"), allowed);
    CHECK(allowed.clean());
    CHECK(again.counts().refused == 1);
  }

  TEST_CASE_FIXTURE(HistoryFixture, "history: what was shown must be there, and be the same") {
    const tests::OwnedEvent event = store_.events()[4].event;
    const NewEvent view = event.view();
    EventView shown{Position(5), Version(5), Timestamp(7), view.id,
                    "order-1",   view.type,  view.data,    view.metadata};
    history_.saw(shown, verdict_);
    CHECK(broken(6).empty());
    CHECK(broken(4) == "I7");
    shown.time = Timestamp(8);
    history_.saw(shown, verdict_);
    CHECK(verdict_.violation().invariant == "I1");
  }

  TEST_CASE_FIXTURE(HistoryFixture, "history: an answer that rests on what is lost came too soon") {
    const History::Ticket fourth = 3;
    Verdict verdict;
    history_.answer(fourth, Error(Errc::wrong_version, "conflict"), verdict);
    CHECK(verdict.clean());  // the third is not answered yet
    CHECK(broken(4) == "I7");
  }
}

}  // namespace esker::crash
