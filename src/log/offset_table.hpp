#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "esker/types.hpp"

namespace esker::log {

/// Where each record of a growing segment begins, in units of 8 bytes; the entry behind the last is where that one ends.
///
/// Entries are written once and never move, so that readers need no lock.
/// Threads: `append` from the writer; `at` from any, for entries that they have been told of by a release and acquire of the number of
/// records.
class OffsetTable {
 public:
  /// For a segment file of `file_bytes` bytes, which holds the table as well.
  explicit OffsetTable(std::uint64_t file_bytes);
  ~OffsetTable();
  OffsetTable(const OffsetTable&) = delete;
  OffsetTable& operator=(const OffsetTable&) = delete;

  /// Adds an entry. Allocates now and then.
  void append(std::uint32_t offset);

  [[nodiscard]] FileOffset at(std::size_t entry) const;

  /// Calls `use` with the first `entries` entries, piece by piece, in order.
  template <class Use>
  void for_each_piece(std::size_t entries, Use use) const {
    for (std::size_t begin = 0; begin < entries; begin += kChunkEntries) {
      use(std::span(chunk(begin / kChunkEntries), std::min(kChunkEntries, entries - begin)));
    }
  }

 private:
  static constexpr std::size_t kChunkEntries = 16 * 1024;  // 64 KiB

  [[nodiscard]] const std::uint32_t* chunk(std::size_t index) const {
    return chunks_[index].load(std::memory_order_relaxed);
  }

  std::size_t size_ = 0;  // the writer's
  const std::size_t chunks_max_;
  std::unique_ptr<std::atomic<std::uint32_t*>[]> chunks_;
};

}  // namespace esker::log
