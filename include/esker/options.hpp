#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace esker {

/// What an acknowledged append has survived when its answer is given.
struct Durability {
  enum class Mode : std::uint8_t {
    sync =
        0,  ///< It is on stable storage: power loss, kernel crash and process death lose nothing acknowledged.
    interval =
        1,  ///< It is with the operating system and will be synced within `interval`. Process death loses nothing; power
    ///< loss or a kernel crash may take the end of the log, the interval's worth and what a sync in flight held.
    none =
        2,  ///< It is with the operating system, which writes when it likes. Process death loses nothing; power loss may
            ///< take the end of the log, without bound.
  };

  static constexpr Durability sync() { return {}; }
  static constexpr Durability every(std::chrono::milliseconds interval) {
    return {Mode::interval, interval};
  }
  static constexpr Durability none() { return {Mode::none, {}}; }

  Mode mode = Mode::sync;
  std::chrono::milliseconds interval{0};
};

/// Upper bounds on what one append may hold. Going beyond one is `too_large`. A store can be opened with other limits at any time;
/// what has been written stays readable.
struct Limits {
  std::uint64_t event_bytes_max =
      16ULL << 20;  ///< Type, data and metadata of one event together; at most 1 GiB.
  std::uint64_t commit_bytes_max =
      64ULL << 20;  ///< All records of one commit as stored; must fit into a segment.
  std::uint32_t commit_events_max = 100'000;
};

inline constexpr std::size_t kStreamNameBytesMax = 512;  ///< format-spec.md, "Record".
inline constexpr std::size_t kEventTypeBytesMax = 512;   ///< format-spec.md, "Record".

/// How a store is opened. The defaults suit a server with disks of its own.
struct StoreOptions {
  Durability durability;
  Limits limits;

  /// Length of a full-grown segment file; 64 KiB..16 GiB, rounded up to 4 KiB.
  std::uint64_t segment_bytes = 256ULL << 20;
  /// Length of a new store's first segment; each one is twice as long as the one before until `segment_bytes`, so that a small store
  /// stays small and opens at once.
  std::uint64_t segment_bytes_first = 4ULL << 20;

  /// A group commit takes what waits up to this many bytes; larger groups use the disk better, smaller ones answer sooner. A
  /// single commit may be larger.
  std::uint64_t group_bytes_max = 4ULL << 20;
  /// Appends waiting for the sequencer, in bytes of events; beyond it an append is `busy`.
  std::uint64_t queue_bytes_max = 256ULL << 20;
  /// Names and versions of recently used streams kept in memory.
  std::uint64_t stream_heads_bytes_max = 64ULL << 20;

  /// How many of its newest snapshots a stream keeps, unless the metadata of its `$snapshot-…` stream says otherwise; at least 1.
  std::uint64_t snapshots_kept = 1;

  /// Sealed segments are compressed when their last event was recorded so long ago; nothing: never. What is compressed takes a fraction of
  /// the disk, and a first read of its events some ten microseconds more. Off by default, since only who keeps events for long gains.
  std::optional<std::chrono::seconds> compress_after{};
  /// Bytes that compressing reads and writes a second at most, which keeps it below half of one core; 0: as fast as it goes.
  std::uint64_t compress_bytes_per_second = 16ULL << 20;
  /// Memory for what has been decoded of compressed segments and is not being read in. Two to four reads of everything that run at once
  /// need no more.
  std::uint64_t decoded_bytes_max = 256ULL << 20;

  /// Keep a tree over the log, for proofs (esker/proof.hpp). It takes 32 bytes of disk an event and a microsecond of a second core, in
  /// the background. A store that has one keeps it, whatever this says, until its `*.tree` files are removed while it is closed: compaction
  /// takes out no event that they do not have. Of a store that has been compacted before, what compaction took out cannot be proved, nor
  /// what is behind it. Off by default.
  bool proofs = false;

  /// How often the watermark file follows a moving log (format-spec.md, "Watermark"); at most a second.
  std::chrono::milliseconds watermark_interval{1000};

  bool create = true;  ///< Make the directory and an empty store when there is none.
  bool allow_remote_file_system = false;  ///< NFS, CIFS, 9p and FUSE keep less than Esker promises.
};

}  // namespace esker
