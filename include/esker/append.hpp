#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "esker/event.hpp"
#include "esker/explanation.hpp"
#include "esker/function.hpp"
#include "esker/query.hpp"
#include "esker/result.hpp"

namespace esker {

/// What the stream must be like for an append to go through.
struct Expected {
  enum class Kind : std::uint8_t { any = 0, no_stream = 1, stream_exists = 2, version = 3 };

  static constexpr Expected any() { return {}; }
  static constexpr Expected no_stream() { return {Kind::no_stream, Version()}; }
  static constexpr Expected stream_exists() { return {Kind::stream_exists, Version()}; }
  /// The stream's last event has this version; 0 is the same as `no_stream`.
  static constexpr Expected exactly(Version version) { return {Kind::version, version}; }

  Kind kind = Kind::any;
  Version version;  ///< For `Kind::version`.
};

/// Events for one stream. Views are the caller's and must outlive the append's answer.
struct StreamAppend {
  std::string_view stream;  ///< 1..512 bytes of UTF-8 without control characters.
  Expected expected;
  std::span<const NewEvent> events;  ///< At least one.
};

/// What must not have happened for an append to go through: an event behind `after` that the filter selects.
///
/// Whoever decides by what a query has given him appends under the same query, and `after` is how far he has read: the *dynamic
/// consistency boundary* (https://dcb.events). `Expected::exactly` is the special case of one stream. A condition is decided together
/// with the append, in the log's order; when the events were appended before, by the same ids, it is not looked at. One that has much to
/// look at, such as frequent tags since long ago, keeps no other append waiting: those that come later may go through before it.
struct Condition {
  Filter filter;  ///< At least one item, or a selector other than `all`.
  Position
      after;  ///< 0: no such event at all. Beyond the end it holds of nothing that is there, which is allowed.
};

/// The events of one append, which become one commit. Views are the caller's and must outlive the append's answer.
struct NewCommit {
  NewCommit() = default;
  // NOLINTBEGIN(google-explicit-constructor): most appends have no condition
  NewCommit(std::span<const StreamAppend> appends, const Condition* append_condition = nullptr)
      : streams(appends), condition(append_condition) {}
  NewCommit(const std::vector<StreamAppend>& appends, const Condition* append_condition = nullptr)
      : streams(appends), condition(append_condition) {}
  // NOLINTEND(google-explicit-constructor)

  std::span<const StreamAppend> streams;  ///< At least one, each stream named once.
  const Condition* condition = nullptr;   ///< Null: none.
  bool explain = false;                   ///< Also tell what deciding has cost.
};

enum class AppendOutcome : std::uint8_t {
  written = 0,  ///< The events are new and now part of the log.
  already_there =
      1,  ///< All of them had been appended before; the numbers are those of the first time.
};

/// Where one stream's events are.
struct AppendedStream {
  Version first_version;
  Version last_version;
  Position first_position;
  Position last_position;
};

/// The answer to an append that succeeded.
struct AppendResult {
  AppendOutcome outcome = AppendOutcome::written;
  std::vector<AppendedStream> streams;       ///< One for each `StreamAppend`, in their order.
  std::optional<Explanation> explanation{};  ///< When `NewCommit::explain` asked for it.

  /// The commit's last position.
  [[nodiscard]] Position position() const {
    Position last;
    for (const AppendedStream& stream : streams) last = std::max(last, stream.last_position);
    return last;
  }
};

/// Called exactly once, on one of the store's threads; it must not block, throw, or call the store's blocking functions.
using AppendHandler = UniqueFunction<void(Result<AppendResult>)>;

}  // namespace esker
