#pragma once

#include <cstdint>
#include <limits>
#include <string>

#include "esker/types.hpp"

namespace esker {

/// Which events of the log: all, those of one stream, of one category, or of one type.
struct Selector {
  enum class Kind : std::uint8_t { all = 0, stream = 1, category = 2, type = 3 };

  static Selector all() { return {}; }
  static Selector stream(std::string name) { return {Kind::stream, std::move(name)}; }
  static Selector category(std::string name) { return {Kind::category, std::move(name)}; }
  static Selector type(std::string name) { return {Kind::type, std::move(name)}; }

  Kind kind = Kind::all;
  std::string name{};  ///< The stream, category or type; empty for `all`.

  friend bool operator==(const Selector&, const Selector&) = default;
};

enum class Direction : std::uint8_t { forwards = 0, backwards = 1 };

/// What to read, the same for a read, a subscription and the native protocol.
struct Query {
  static constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();
  /// As `from`, backwards: begin at the end.
  static constexpr std::uint64_t kEnd = std::numeric_limits<std::uint64_t>::max();

  Selector selector{};
  Direction direction = Direction::forwards;

  /// The first event that may be delivered, itself included: a version when one stream is selected, otherwise a position.
  /// Forwards: 0 and 1 mean the beginning, and `end + 1` is an empty read; beyond that is `position_ahead`. Backwards: `kEnd`, and
  /// anything beyond the end, means the end; 0 is an empty read.
  std::uint64_t from = 0;

  /// How many events at most. For a subscription: how many until it ends.
  std::uint64_t limit = kNoLimit;
};

}  // namespace esker
