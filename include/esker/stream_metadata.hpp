#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "esker/event.hpp"
#include "esker/result.hpp"
#include "esker/system_streams.hpp"
#include "esker/types.hpp"

namespace esker {

/// What is to be kept of a stream, and what else is to be known about it: the last event of `$$<stream>` says so (format-spec.md, "Stream
/// metadata"). Readers honour it at once; compaction frees the space. It releases events from the stream's beginning on: never one between
/// others, and never a version number.
struct StreamMetadata {
  std::optional<std::uint64_t> max_count{};  ///< Only the last so many events are kept; at least 1.
  std::optional<std::chrono::seconds>
      max_age{};              ///< Only events not older than this are kept; at least a second.
  Version truncate_before{};  ///< The first version that is kept; 0: not used.
  /// The stream has been deleted: its events before this position are gone. 0: never.
  Position deleted_before{};
  /// To be written: all events of the stream before the metadata's own event are gone. Read, it is false and `deleted_before` says where.
  bool deleted = false;
  /// A JSON object with members of the application's own, whose names do not begin with `$`; empty: none.
  std::string custom{};

  friend bool operator==(const StreamMetadata&, const StreamMetadata&) = default;
};

/// The event that gives `stream` this metadata instead of what it had.
/// Errors: `invalid_argument`: a number that is not allowed, or `custom` is not a JSON object of such members.
Result<SystemAppend> metadata_append(std::string_view stream, const StreamMetadata& metadata);

/// What the data of an event of `$$<stream>` says that stands at `position`. Errors: `invalid_argument`, telling what is wrong with it.
Result<StreamMetadata> parse_stream_metadata(std::string_view json, Position position);

}  // namespace esker
