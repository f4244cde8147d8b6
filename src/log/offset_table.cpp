#include "log/offset_table.hpp"

#include "base/assert.hpp"
#include "format/record.hpp"
#include "format/segment.hpp"

namespace esker::log {

OffsetTable::OffsetTable(std::uint64_t file_bytes)
    : chunks_max_(file_bytes / format::kOffsetEntryBytes / kChunkEntries + 1),
      chunks_(std::make_unique<std::atomic<std::uint32_t*>[]>(chunks_max_)) {}

OffsetTable::~OffsetTable() {
  for (std::size_t i = 0; i < chunks_max_; ++i) {
    std::unique_ptr<std::uint32_t[]> owned(chunks_[i].load(std::memory_order_relaxed));
  }
}

void OffsetTable::append(std::uint32_t offset) {
  const std::size_t index = size_ / kChunkEntries;
  ESKER_ASSERT_VALUES(index < chunks_max_, index, chunks_max_);
  std::uint32_t* entries = chunks_[index].load(std::memory_order_relaxed);
  if (entries == nullptr) {
    entries = std::make_unique<std::uint32_t[]>(kChunkEntries).release();
    chunks_[index].store(entries, std::memory_order_relaxed);
  }
  entries[size_ % kChunkEntries] = offset;
  ++size_;
}

FileOffset OffsetTable::at(std::size_t entry) const {
  const std::uint32_t offset = chunk(entry / kChunkEntries)[entry % kChunkEntries];
  return FileOffset(std::uint64_t{offset} * format::kRecordAlignment);
}

}  // namespace esker::log
