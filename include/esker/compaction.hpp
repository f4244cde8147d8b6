#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace esker {

/// How a compaction goes about it.
struct CompactionOptions {
  /// Bytes read and written a second at most, so that others get at the disk; 0: as fast as it goes.
  std::uint64_t bytes_per_second = 64ULL << 20;
  /// Only tell what there is to be released.
  bool dry_run = false;
};

/// Streams by what they are for, as far as the store knows.
enum class StreamClass : std::uint8_t {
  application = 0,
  metadata = 1,
  snapshots = 2,
  checkpoints = 3
};
inline constexpr std::size_t kStreamClasses = 4;

/// "application", "metadata", "snapshots", "checkpoints".
const char* stream_class_name(StreamClass stream_class);

/// What has been released of a class of streams.
struct ReleasedEvents {
  std::uint64_t events =
      0;  ///< Of which nothing or, of a stream's last one, only name, type, version and id stay.
  std::uint64_t bytes = 0;  ///< That these took as records.

  friend bool operator==(const ReleasedEvents&, const ReleasedEvents&) = default;
};

/// The compaction that is under way, or the last one since the store was opened.
struct CompactionStatus {
  bool running = false;
  bool dry_run = false;
  std::uint64_t segments = 0;            ///< To be looked at: those that were sealed when it began.
  std::uint64_t segments_done = 0;       ///< Of these.
  std::uint64_t segments_compacted = 0;  ///< Of these: had something to release.
  std::uint64_t segments_merged = 0;     ///< Small ones that are now in one with their neighbours.
  std::uint64_t bytes_before = 0;        ///< Of the files of the segments that are done.
  std::uint64_t bytes_after =
      0;  ///< Of the files that took their places; in a dry run, that would.
  std::array<ReleasedEvents, kStreamClasses> released{};  ///< By `StreamClass`.
  std::optional<std::string>
      failed{};  ///< Why it ended early; what was done until then stays done.

  friend bool operator==(const CompactionStatus&, const CompactionStatus&) = default;
};

}  // namespace esker
