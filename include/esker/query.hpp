#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "esker/types.hpp"
#include "esker/uuid.hpp"

namespace esker {

/// Where events are looked for: in the whole log, in one stream, in the streams of one category, or in those whose names begin alike.
/// Or it names the event itself, by its id: an id is once in a stream, but may be in several.
struct Selector {
  enum class Kind : std::uint8_t { all = 0, stream = 1, category = 2, prefix = 3, id = 4 };

  static Selector all() { return {}; }
  static Selector stream(std::string name) { return {Kind::stream, std::move(name)}; }
  static Selector category(std::string name) { return {Kind::category, std::move(name)}; }
  static Selector prefix(std::string begin) { return {Kind::prefix, std::move(begin)}; }
  static Selector id(const Uuid& event) { return {Kind::id, event.to_string()}; }

  Kind kind = Kind::all;
  std::string name{};  ///< The stream, category, prefix or id; empty for `all`.

  friend bool operator==(const Selector&, const Selector&) = default;
};

/// One alternative of a query: events of any of these types that have all of these tags. At least one of the lists has an entry.
struct QueryItem {
  std::vector<std::string> types{};  ///< Empty: of any type.
  std::vector<std::string> tags{};   ///< Empty: with any tags.

  friend bool operator==(const QueryItem&, const QueryItem&) = default;
};

/// Bounds on a query, beyond which it is `invalid_argument`.
inline constexpr std::size_t kQueryItemsMax = 64;
inline constexpr std::size_t kQueryTypesMax = 64;  ///< Of one item.
inline constexpr std::size_t kQueryTagsMax = 64;   ///< Of one item.

/// Which events: those that the selector reaches and that match at least one of the items.
struct Filter {
  Selector selector{};
  std::vector<QueryItem> items{};  ///< Empty: all that the selector reaches.

  friend bool operator==(const Filter&, const Filter&) = default;
};

enum class Direction : std::uint8_t { forwards = 0, backwards = 1 };

/// What to read, the same for a read, a subscription and the native protocol. All that is said must hold of an event.
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

  /// How many events at most. A subscription ends then, and also when no event to come can lie within `to`, `until` and `as_of`.
  std::uint64_t limit = kNoLimit;

  /// Which of the events that the selector reaches; empty: all.
  std::vector<QueryItem> items{};

  /// The last event that may be delivered, itself included, as a number of the same kind as `from`; backwards that is the lowest one.
  std::optional<std::uint64_t> to{};

  /// Only events recorded at this time or later; 0: any. UTC.
  Timestamp since{};
  /// Only events recorded at this time or earlier, that is the store as it was then; 0: any. UTC.
  Timestamp until{};
  /// Only events up to this position, that is the store as it was when this was its last; 0: now. Beyond the end: `position_ahead`.
  Position as_of{};

  /// Forwards: begins at the latest event of this type that the selector reaches, itself included; at `from` when there is none, or when
  /// that is later. Empty: not used.
  std::string from_last{};

  /// Forwards, a read of one stream: begins with the stream's newest snapshot, itself a part of the answer (`as_snapshot`), and goes on
  /// behind the version that it is of, or at `from` when that is later. When there is none, at `from`.
  bool from_snapshot = false;

  /// Forwards: begins behind the checkpoint of the subscriber of this name, or at `from` when that is later or there is none. Empty: not
  /// used.
  std::string from_checkpoint{};

  /// Also the store's own streams (`is_system_stream`), where all events are looked for; a selector that names them needs no leave.
  bool system = false;

  /// Only the first event of each stream: lists streams.
  bool first_of_stream = false;

  /// Also tell what answering has cost (`Cursor::explanation`); asking makes it a little slower.
  bool explain = false;
};

}  // namespace esker
