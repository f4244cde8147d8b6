#include "store/decide.hpp"

#include <doctest/doctest.h>

#include <array>

#include "support/commits.hpp"

using namespace esker;
using namespace esker::store;
using namespace esker::tests;

namespace {

StreamState state(std::uint64_t version, std::uint32_t there = 0, bool in_order = true) {
  StreamState state;
  state.version = Version(version);
  state.position = Position(version * 10);
  state.there = there;
  state.in_order = in_order;
  return state;
}

Verdict verdict(const Expected& expected, const StreamState& state,
                ConditionState condition = ConditionState::holds) {
  const OwnedCommit commit({{"Order-1", expected, events(2, 1)}});
  return decide(commit.view().streams, std::span(&state, 1), condition).verdict;
}

}  // namespace

TEST_SUITE("store") {
  TEST_CASE("decide: expected against the stream's version") {
    struct Row {
      Expected expected;
      bool at_0, at_1, at_5;
    };
    const Row rows[] = {
        {Expected::any(), true, true, true},
        {Expected::no_stream(), true, false, false},
        {Expected::stream_exists(), false, true, true},
        {Expected::exactly(Version(0)), true, false, false},
        {Expected::exactly(Version(1)), false, true, false},
        {Expected::exactly(Version(5)), false, false, true},
        {Expected::exactly(Version(6)), false, false, false},
    };
    for (const Row& row : rows) {
      CHECK((verdict(row.expected, state(0)) == Verdict::accept) == row.at_0);
      CHECK((verdict(row.expected, state(1)) == Verdict::accept) == row.at_1);
      CHECK((verdict(row.expected, state(5)) == Verdict::accept) == row.at_5);
    }
  }

  TEST_CASE("decide: ids that are there decide before expected does") {
    CHECK(verdict(Expected::no_stream(), state(5, 2)) == Verdict::already_there);
    CHECK(verdict(Expected::exactly(Version(99)), state(5, 2)) == Verdict::already_there);
    CHECK(verdict(Expected::any(), state(5, 1)) == Verdict::partial_match);
    CHECK(verdict(Expected::any(), state(5, 2, false)) == Verdict::partial_match);
  }

  TEST_CASE("decide: a condition is the last thing that is looked at") {
    const ConditionState fails = ConditionState::fails;
    CHECK(verdict(Expected::no_stream(), state(5, 2), fails) == Verdict::already_there);
    CHECK(verdict(Expected::any(), state(5, 1), fails) == Verdict::partial_match);
    CHECK(verdict(Expected::no_stream(), state(5), fails) == Verdict::wrong_version);
    CHECK(verdict(Expected::any(), state(5), fails) == Verdict::condition_failed);
    CHECK(condition_failed_message(Position(3), {"A", Version(2), Position(7), "SeatTaken"}) ==
          "the condition failed: there is \"SeatTaken\" at position 7 (stream \"A\", version 2), "
          "behind position 3");
  }

  TEST_CASE("decide: a stream that has been deleted is absent, but its versions go on") {
    StreamState deleted = state(5);
    deleted.deleted = true;
    CHECK(verdict(Expected::no_stream(), deleted) == Verdict::accept);
    CHECK(verdict(Expected::exactly(Version(0)), deleted) == Verdict::accept);
    CHECK(verdict(Expected::exactly(Version(5)), deleted) == Verdict::accept);
    CHECK(verdict(Expected::any(), deleted) == Verdict::accept);
    CHECK(verdict(Expected::stream_exists(), deleted) == Verdict::wrong_version);
    CHECK(wrong_version_message(Expected::stream_exists(), deleted,
                                {"A", Version(5), Position(7), "OrderPaid"}, 1) ==
          "expected an existing stream, but stream \"A\" has been deleted");
  }

  TEST_CASE("decide: nothing follows a tombstone, whatever is expected") {
    StreamState ended = state(5);
    ended.tombstone = true;
    CHECK(verdict(Expected::any(), ended) == Verdict::tombstoned);
    CHECK(verdict(Expected::exactly(Version(4)), ended) == Verdict::tombstoned);
    ended.there = 2;
    CHECK(verdict(Expected::any(), ended) == Verdict::already_there);
    CHECK(tombstoned_message({"A", Version(5), Position(7), "$tombstone"}) ==
          "stream \"A\" has had a tombstone since position 7: nothing can be appended to it any "
          "more");
  }

  TEST_CASE("decide: several streams are there all or not at all") {
    const OwnedCommit commit(
        {{"A", Expected::any(), events(2, 1)}, {"B", Expected::any(), events(1, 3)}});
    const StreamState both[] = {state(2, 2), state(1, 1)};
    CHECK(decide(commit.view().streams, both, ConditionState::holds).verdict ==
          Verdict::already_there);
    const StreamState one[] = {state(2, 2), state(1, 0)};
    CHECK(decide(commit.view().streams, one, ConditionState::holds).verdict ==
          Verdict::partial_match);
    CHECK(partial_match_message(commit.view().streams, one).find("\"B\"") != std::string::npos);
    const StreamState none[] = {state(2), state(1)};
    CHECK(decide(commit.view().streams, none, ConditionState::holds).verdict == Verdict::accept);
  }

  TEST_CASE("decide: every check that failed is named") {
    const OwnedCommit commit({{"A", Expected::no_stream(), events(1, 1)},
                              {"B", Expected::exactly(Version(1)), events(1, 2)},
                              {"C", Expected::exactly(Version(7)), events(1, 3)}});
    const StreamState states[] = {state(2), state(1), state(0)};
    const Decision decision = decide(commit.view().streams, states, ConditionState::holds);
    CHECK(decision.verdict == Verdict::wrong_version);
    CHECK(decision.failed == std::vector<std::uint32_t>{0, 2});
  }

  TEST_CASE("decide: the message of a conflict names the stream, its version and its last event") {
    const Conflict a{"A", Version(2), Position(7), "OrderPaid"};
    const Conflict c{"C", Version(), Position(), ""};
    CHECK(
        wrong_version_message(Expected::no_stream(), state(2), a, 2) ==
        "expected no stream, but stream \"A\" is at version 2, since \"OrderPaid\" at position 7; "
        "1 more of the checks failed");
    CHECK(wrong_version_message(Expected::exactly(Version(7)), state(0), c, 1) ==
          "expected version 7, but stream \"C\" does not exist");
  }
}
