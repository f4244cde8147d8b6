#pragma once

#include <chrono>
#include <cstdint>

namespace esker {

/// What answering an append or a read has cost: numbers that are the same on a quiet and on a busy machine, and the time.
struct Explanation {
  std::uint64_t lookups = 0;   ///< Questions to the index.
  std::uint64_t postings = 0;  ///< Positions that it answered with.
  std::uint64_t records = 0;   ///< Records looked at, those that were not wanted included.
  std::chrono::nanoseconds time{
      0};  ///< Spent on it; without waiting in queues, for the disk's sync, and for the network.

  Explanation& operator+=(const Explanation& other) {
    lookups += other.lookups;
    postings += other.postings;
    records += other.records;
    time += other.time;
    return *this;
  }
  /// What has been added since an earlier one.
  [[nodiscard]] Explanation since(const Explanation& earlier) const {
    return {lookups - earlier.lookups, postings - earlier.postings, records - earlier.records,
            time - earlier.time};
  }

  friend bool operator==(const Explanation&, const Explanation&) = default;
};

}  // namespace esker
