#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "esker/append.hpp"
#include "esker/event.hpp"

namespace esker {

/// Streams whose names begin with `$` are the store's own: what it knows about streams and subscribers is kept as events like any others.
/// A query for all events, for types and tags or by a prefix leaves them out unless it names them (`Query::system`).
inline constexpr char kSystemMark = '$';

inline constexpr std::string_view kMetadataType = "$metadata";
inline constexpr std::string_view kTombstoneType = "$tombstone";
inline constexpr std::string_view kCheckpointType = "$checkpoint";

inline constexpr std::string_view kMetadataMark = "$$";
inline constexpr std::string_view kSnapshotMark = "$snapshot-";
inline constexpr std::string_view kCheckpointMark = "$checkpoint-";

[[nodiscard]] inline bool is_system_stream(std::string_view stream) {
  return !stream.empty() && stream.front() == kSystemMark;
}

/// Where the metadata of `stream` is kept: `$$<stream>`.
[[nodiscard]] std::string metadata_stream_of(std::string_view stream);
/// Where the snapshots of `stream` are kept: `$snapshot-<stream>`.
[[nodiscard]] std::string snapshot_stream_of(std::string_view stream);
/// Where the checkpoint of the subscriber `name` is kept: `$checkpoint-<name>`.
[[nodiscard]] std::string checkpoint_stream_of(std::string_view name);

/// One event for a stream of the store's own, and all that it refers to. Made by `metadata_append`, `snapshot_append`, `checkpoint_append`
/// and `tombstone_append`; goes into a commit by itself or together with others, so that a consumer can hand back its events, its
/// checkpoint and a snapshot all at once.
class SystemAppend {
 public:
  /// `type`, `data` and the rest as in `NewEvent`; the event gets a new random id.
  SystemAppend(std::string stream, std::string type, std::vector<std::byte> data,
               std::vector<std::byte> metadata = {}, Tags tags = {});

  /// As part of a commit: views of this object, valid until it is moved, changed or gone.
  [[nodiscard]] StreamAppend append(Expected expected = Expected::any());

  [[nodiscard]] const std::string& stream() const { return stream_; }

 private:
  std::string stream_;
  std::string type_;
  std::vector<std::byte> data_;
  std::vector<std::byte> metadata_;
  Tags tags_;
  EventId id_;
  NewEvent event_;
};

/// The event that ends `stream` for ever: it reads as absent, and no append to it goes through any more.
[[nodiscard]] SystemAppend tombstone_append(std::string_view stream);

}  // namespace esker
