#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "esker/options.hpp"
#include "esker/types.hpp"
#include "esker/uuid.hpp"

namespace esker {

/// What a stream is like.
struct StreamStatus {
  Version version;  ///< Its current one; 0: no event was ever appended to it.
  bool deleted =
      false;  ///< It has been deleted, and nothing was appended since: it reads as absent.
  bool tombstoned = false;  ///< It has been ended for ever.

  /// Whether it reads as there; what retention has released of it is another matter.
  [[nodiscard]] bool exists() const { return version != Version() && !deleted && !tombstoned; }

  friend bool operator==(const StreamStatus&, const StreamStatus&) = default;
};

/// The store in numbers, at one instant.
struct StoreInfo {
  Uuid store_id;
  Incarnation incarnation;
  Position head;  ///< The last visible event's position.
  Timestamp head_time;
  std::uint64_t segments = 0;
  std::uint64_t sealed_segments = 0;
  std::uint64_t log_bytes = 0;  ///< Of records, without what is prepared ahead.
  std::uint64_t compressed_segments = 0;
  std::uint64_t compressed_bytes_before = 0;  ///< Of the files of those as they were written,
  std::uint64_t compressed_bytes = 0;         ///< and as they are.
  std::uint64_t decoded_bytes = 0;   ///< Memory that is taken by what has been read of them.
  std::optional<Position> tree_end;  ///< How far the tree for proofs is; nothing: none is kept.
  Position tree_durable_end;  ///< How far it is in files; the rest is made again after a crash.
  std::uint64_t runs = 0;
  std::uint64_t index_bytes = 0;  ///< Of runs on disk.
  std::uint64_t memtable_bytes = 0;
  std::uint64_t filter_bytes = 0;  ///< Of `index_bytes`: what tells that a term is not there.
  std::uint64_t run_terms = 0;     ///< Counted in each run.
  /// How many runs there are of each level: one of level *n* covers at least 4ⁿ segments.
  std::vector<std::uint64_t> runs_of_level{};
  std::uint64_t merges_waiting = 0;  ///< Runs to be made of others, those under way included.
  std::uint64_t merge_bytes_per_second = 0;  ///< Merging is no faster; 0: no bound.
  std::uint64_t commits = 0;                 ///< Since this open, like the rest below.
  std::uint64_t groups = 0;                  ///< Syncs that made them durable.
  std::uint64_t appended_events = 0;
  std::uint64_t merged_bytes = 0;  ///< Read and written to make large runs of small ones.
  std::uint64_t heads_found = 0;   ///< Look-ups of a stream's last event that memory answered,
  std::uint64_t heads_missed = 0;  ///< and those that the index had to answer.
  Durability durability;
  Limits limits;
  std::optional<std::string> failed;  ///< Why the store takes no appends, when it does not.
};

}  // namespace esker
