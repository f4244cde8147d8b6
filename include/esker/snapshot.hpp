#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "esker/event.hpp"
#include "esker/system_streams.hpp"
#include "esker/types.hpp"

namespace esker {

/// A saved state of a stream: what its events up to a version come to, so that who needs it reads those behind only.
struct Snapshot {
  Version version;                    ///< Of the last event that the state knows; at least 1.
  std::string type;                   ///< The state's, as an event type.
  std::vector<std::byte> data;        ///< Any bytes.
  std::vector<std::byte> metadata{};  ///< Any bytes.

  friend bool operator==(const Snapshot&, const Snapshot&) = default;
};

/// The event that keeps `snapshot` for `stream`.
[[nodiscard]] SystemAppend snapshot_append(std::string_view stream, const Snapshot& snapshot);

/// Which version of its stream the snapshot in this event is of; nothing when the event is not one of `$snapshot-…` with such a tag.
/// Source: format-spec.md, "Snapshots".
[[nodiscard]] std::optional<Version> snapshot_version(std::string_view stream,
                                                      const TagsView& tags);

/// The snapshot in an event that a query with `Query::from_snapshot` or a read of `$snapshot-…` has delivered; nothing when it is another
/// event.
[[nodiscard]] std::optional<Snapshot> as_snapshot(const EventView& event);

}  // namespace esker
