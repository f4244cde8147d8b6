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
  Version version;          ///< The stream's current one; 0: no such stream.
  Position position;        ///< Its last event's.
  std::uint32_t there = 0;  ///< How many of the command's ids are in the stream.
  bool in_order = true;  ///< Those that are there have ascending versions, in the command's order.
  AppendedStream appended;  ///< Where the first and the last of them are.
};

enum class Verdict : std::uint8_t {
  accept,
  already_there,  ///< Every id of every stream is there, in order.
  partial_match,  ///< Some are, or in another order.
  wrong_version,  ///< None is there, and an `expected` does not hold.
};

struct Decision {
  Verdict verdict = Verdict::accept;
  std::vector<std::uint32_t>
      failed;  ///< Which streams' `expected` did not hold, for `wrong_version`.
};

/// Decides an append against the state that it meets: the same command and state give the same answer everywhere.
///
/// | ids of the command            | expected        | verdict       |
/// |-------------------------------|-----------------|---------------|
/// | all there, in order           | not looked at   | already_there |
/// | some there, or another order  | not looked at   | partial_match |
/// | none there                    | fails somewhere | wrong_version |
/// | none there                    | holds           | accept        |
///
/// `states` has one entry for each of `streams`, in their order. Pure; threads: any.
Decision decide(std::span<const StreamAppend> streams, std::span<const StreamState> states);

/// Whether a stream at `version` is as expected.
bool holds(const Expected& expected, Version version);

/// What a `wrong_version` says: of the first failed stream what was expected and what is there, and how many more failed.
std::string wrong_version_message(const Expected& expected, const Conflict& first,
                                  std::size_t failed);

/// What a `partial_match` says.
std::string partial_match_message(std::span<const StreamAppend> streams,
                                  std::span<const StreamState> states);

}  // namespace esker::store
