#include "store/decide.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace esker::store {
namespace {

std::string describe_expected(const Expected& expected) {
  switch (expected.kind) {
    case Expected::Kind::any:
      return "anything";
    case Expected::Kind::no_stream:
      return "no stream";
    case Expected::Kind::stream_exists:
      return "an existing stream";
    case Expected::Kind::version:
      return "version " + std::to_string(expected.version.value());
  }
  return "an unknown expectation";
}

std::string describe_actual(const StreamState& state, const Conflict& conflict) {
  if (state.deleted) return "has been deleted";
  if (conflict.actual == Version()) return "does not exist";
  return "is at version " + std::to_string(conflict.actual.value()) + ", since \"" +
         conflict.event_type + "\" at position " + std::to_string(conflict.position.value());
}

}  // namespace

bool asks_whether_it_exists(const Expected& expected) {
  return expected.kind == Expected::Kind::no_stream ||
         expected.kind == Expected::Kind::stream_exists ||
         (expected.kind == Expected::Kind::version && expected.version == Version());
}

bool holds(const Expected& expected, const StreamState& state) {
  const bool exists = state.version != Version() && !state.deleted;
  switch (expected.kind) {
    case Expected::Kind::any:
      return true;
    case Expected::Kind::no_stream:
      return !exists;
    case Expected::Kind::stream_exists:
      return exists;
    case Expected::Kind::version:
      return expected.version == Version() ? !exists : state.version == expected.version;
  }
  return false;
}

bool is_new(std::span<const StreamState> states) {
  return std::ranges::all_of(states, [](const StreamState& state) { return state.there == 0; });
}

Decision decide(std::span<const StreamAppend> streams, std::span<const StreamState> states,
                ConditionState condition) {
  ESKER_ASSERT_VALUES(streams.size() == states.size(), streams.size(), states.size());
  bool all = true;
  for (std::size_t i = 0; i < streams.size(); ++i) {
    const bool whole = states[i].there == streams[i].events.size() && states[i].in_order;
    all = all && whole;
  }
  if (all) return {Verdict::already_there, {}};
  if (!is_new(states)) return {Verdict::partial_match, {}};

  Decision decision;
  for (std::size_t i = 0; i < streams.size(); ++i) {
    if (states[i].tombstone) decision.failed.push_back(static_cast<std::uint32_t>(i));
  }
  if (!decision.failed.empty()) {
    decision.verdict = Verdict::tombstoned;
    return decision;
  }
  for (std::size_t i = 0; i < streams.size(); ++i) {
    if (!holds(streams[i].expected, states[i])) {
      decision.failed.push_back(static_cast<std::uint32_t>(i));
    }
  }
  if (!decision.failed.empty()) {
    decision.verdict = Verdict::wrong_version;
  } else if (condition == ConditionState::fails) {
    decision.verdict = Verdict::condition_failed;
  }
  return decision;
}

std::string tombstoned_message(const Conflict& first) {
  return "stream \"" + first.stream + "\" has had a tombstone since position " +
         std::to_string(first.position.value()) + ": nothing can be appended to it any more";
}

std::string wrong_version_message(const Expected& expected, const StreamState& state,
                                  const Conflict& first, std::size_t failed) {
  std::string message = "expected " + describe_expected(expected) + ", but stream \"" +
                        first.stream + "\" " + describe_actual(state, first);
  if (failed > 1) {
    message += "; " + std::to_string(failed - 1) + " more of the checks failed";
  }
  return message;
}

std::string condition_failed_message(Position after, const Conflict& conflict) {
  return "the condition failed: there is \"" + conflict.event_type + "\" at position " +
         std::to_string(conflict.position.value()) + " (stream \"" + conflict.stream +
         "\", version " + std::to_string(conflict.actual.value()) + "), behind position " +
         std::to_string(after.value());
}

std::string partial_match_message(std::span<const StreamAppend> streams,
                                  std::span<const StreamState> states) {
  for (std::size_t i = 0; i < streams.size(); ++i) {
    const std::size_t events = streams[i].events.size();
    if (states[i].there == events && states[i].in_order) continue;
    std::string message = std::to_string(states[i].there) + " of the " + std::to_string(events) +
                          " event ids are in stream \"" + std::string(streams[i].stream) +
                          "\" already";
    if (!states[i].in_order) message += ", in another order";
    return message + ": append what is new with ids of its own";
  }
  return "some of the event ids are there already";
}

}  // namespace esker::store
