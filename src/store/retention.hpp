#pragma once

#include <atomic>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "esker/stream_metadata.hpp"
#include "format/record.hpp"
#include "store/index_reader.hpp"
#include "store/record_reader.hpp"

namespace esker::store {

struct ReadContext;

/// What of its streams' retention a store makes use of: readers of one that uses none of it pay nothing for it. Set before the first event
/// of the kind is visible, and never unset. Threads: any.
struct RetentionUse {
  std::atomic<bool> metadata = false;    ///< Some stream has metadata.
  std::atomic<bool> tombstones = false;  ///< Some stream has a tombstone.
  std::uint64_t snapshots_kept = 1;      ///< As `StoreOptions::snapshots_kept`.

  [[nodiscard]] bool any() const {
    return metadata.load(std::memory_order_relaxed) || tombstones.load(std::memory_order_relaxed);
  }
};

/// What has been released of a stream: its beginning, up to whichever of these is furthest.
struct Released {
  Version versions;  ///< Events up to this version are gone.
  Position before;   ///< Events before this position are.
  Timestamp older;   ///< Events recorded before this time are.
  bool all = false;  ///< The stream has a tombstone: all is gone but that.

  /// Whether the stream's event is gone. Pure.
  [[nodiscard]] bool covers(const format::RecordView& record) const {
    if (all) return record.type != kTombstoneType;
    return record.version <= versions || record.position < before || record.time < older;
  }
};

/// How many of its last events a stream of the store's own keeps that has no metadata; nothing: all.
std::optional<std::uint64_t> kept_by_name(std::string_view stream, std::uint64_t snapshots_kept);

/// What the newest event of a stream's metadata stream says; nothing in particular when there is none, or it says nothing sensible.
StreamMetadata metadata_in(const std::optional<format::RecordView>& newest);

/// A value for each stream met, to be asked for by name.
struct NameHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view name) const noexcept {
    return std::hash<std::string_view>{}(name);
  }
};
template <class Value>
using ByStream = boost::unordered_flat_map<std::string, Value, NameHash, std::equal_to<>>;

/// Finds out what has been released, as things are at a position and now. Pure apart from reading; what it has found out it remembers, a
/// bounded number of streams at a time, until it is told to forget.
///
/// Threads: one at a time. Must not outlive what `context` refers to.
class Retention {
 public:
  explicit Retention(const ReadContext& context);

  /// Whether the event has been released, seen from before `end`. Errors: those of reading.
  Result<bool> released(const format::RecordView& record, Position end);

  /// What has been released of `stream`, seen from before `end`. Errors: those of reading.
  Result<Released> of(std::string_view stream, Position end);

  /// The stream's last event before `end`, valid until the next call. Errors: those of reading.
  Result<std::optional<format::RecordView>> newest(std::string_view stream, Position end);

  /// More has become visible, and may say otherwise.
  void forget() { known_.clear(); }

  /// How many records it has looked at.
  [[nodiscard]] std::uint64_t reads() const { return records_.reads(); }

 private:
  Result<StreamMetadata> metadata_of(std::string_view stream, Position end);
  Result<void> add_deletion(std::string_view owner, Position end, Released& released);

  const ReadContext& context_;
  RecordReader records_;
  std::vector<Position> found_;
  ByStream<Released> known_;
};

}  // namespace esker::store
