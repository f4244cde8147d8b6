#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "esker/append.hpp"
#include "esker/result.hpp"

namespace esker::store {

/// What the store holds of one stream of a command, in flight or durable.
struct StreamState {
  Version version;         ///< The stream's current one; 0: no such stream.
  Position position;       ///< Its last event's.
  bool tombstone = false;  ///< Its last event is one: nothing may follow.
  bool deleted = false;    ///< It reads as absent; looked at when that matters to what is expected.
  std::uint32_t there = 0;  ///< How many of the command's ids are in the stream.
  bool in_order = true;  ///< Those that are there have ascending versions, in the command's order.
  AppendedStream appended;  ///< Where the first and the last of them are.
};

enum class Verdict : std::uint8_t {
  accept,
  already_there,     ///< Every id of every stream is there, in order.
  partial_match,     ///< Some are, or in another order.
  tombstoned,        ///< None is there, and a stream has a tombstone.
  wrong_version,     ///< None is there, and an `expected` does not hold.
  condition_failed,  ///< None is there, every `expected` holds, but not the condition.
};

enum class ConditionState : std::uint8_t { holds, fails };

struct Decision {
  Verdict verdict = Verdict::accept;
  /// Which streams' `expected` did not hold, for `wrong_version`; which have a tombstone, for `tombstoned`.
  std::vector<std::uint32_t> failed;
};

/// Decides an append against the state that it meets: the same command and state give the same answer everywhere.
///
/// | ids of the command            | tombstone     | expected        | condition     | verdict          |
/// |-------------------------------|---------------|-----------------|---------------|------------------|
/// | all there, in order           | not looked at | not looked at   | not looked at | already_there    |
/// | some there, or another order  | not looked at | not looked at   | not looked at | partial_match    |
/// | none there                    | somewhere     | not looked at   | not looked at | tombstoned       |
/// | none there                    | none          | fails somewhere | not looked at | wrong_version    |
/// | none there                    | none          | holds           | fails         | condition_failed |
/// | none there                    | none          | holds           | holds or none | accept           |
///
/// `states` has one entry for each of `streams`, in their order. Pure; threads: any.
Decision decide(std::span<const StreamAppend> streams, std::span<const StreamState> states,
                ConditionState condition);

/// Whether none of the command's ids is there, so that the rest is looked at.
bool is_new(std::span<const StreamState> states);

/// Whether what is expected depends on the stream being there or not, and not on its version alone.
bool asks_whether_it_exists(const Expected& expected);

/// Whether the stream is as expected. One that has been deleted is absent, but its versions go on.
bool holds(const Expected& expected, const StreamState& state);

/// What a `wrong_version` says: of the first failed stream what was expected and what is there, and how many more failed.
std::string wrong_version_message(const Expected& expected, const StreamState& state,
                                  const Conflict& first, std::size_t failed);

/// What a `tombstoned` says of the first stream that has one.
std::string tombstoned_message(const Conflict& first);

/// What a `condition_failed` says of the event that made the condition fail.
std::string condition_failed_message(Position after, const Conflict& conflict);

/// What a `partial_match` says.
std::string partial_match_message(std::span<const StreamAppend> streams,
                                  std::span<const StreamState> states);

}  // namespace esker::store
