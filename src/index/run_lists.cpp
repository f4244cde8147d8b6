#include "index/run_lists.hpp"

#include <algorithm>

#include "base/byte_order.hpp"

namespace esker::index {

using base::load_le;

bool RunLists::load_entry(std::uint64_t index, TermEntry& entry) {
  const auto bytes =
      pages_.read(kRunHeaderBytes + index * kTermEntryBytes, kTermEntryBytes, fault_);
  if (bytes.empty()) return false;
  entry.term = {load_le<std::uint64_t>(bytes, 0), load_le<std::uint64_t>(bytes, 8)};
  entry.place = load_le<std::uint64_t>(bytes, 16);
  return true;
}

bool RunLists::load_inline(const TermEntry& entry, Posting& posting) {
  const std::uint64_t only = entry.place & ~kInlinePosting;
  if (only >= footer_.positions()) return content_fault(kRunHeaderBytes);
  posting = static_cast<Posting>(only);
  return true;
}

bool RunLists::load_list(std::uint64_t place, List& list) {
  const std::uint64_t end = footer_.lists_end;
  if (place < footer_.lists_begin || place > end || end - place < kListHeaderBytes) {
    return content_fault(place);
  }
  const auto header = pages_.read(place, kListHeaderBytes, fault_);
  if (header.empty()) return false;
  list.postings = load_le<std::uint32_t>(header, 0);
  list.blocks = static_cast<std::uint32_t>(list_blocks(list.postings));
  list.skips_begin = place + kListHeaderBytes;
  list.blocks_begin = list_blocks_begin(place, list.postings);
  if (list.postings < 2 || list.blocks_begin > end) return content_fault(place);
  return true;
}

bool RunLists::load_skip(const List& list, std::uint32_t block, Skip& skip) {
  const auto bytes = pages_.read(list.skips_begin + std::uint64_t{block} * kSkipEntryBytes,
                                 kSkipEntryBytes, fault_);
  if (bytes.empty()) return false;
  skip = {load_le<std::uint32_t>(bytes, 0), load_le<std::uint32_t>(bytes, 4)};
  return true;
}

bool RunLists::load_block(const List& list, std::uint32_t block,
                          std::span<Posting, kBlockPostings> postings, std::size_t& count) {
  Skip before;
  Skip skip;
  if (block > 0 && !load_skip(list, block - 1, before)) return false;
  if (!load_skip(list, block, skip)) return false;
  if (skip.end < before.end || skip.end > footer_.lists_end - list.blocks_begin) {
    return content_fault(list.skips_begin);
  }
  const std::uint64_t begin = list.blocks_begin + before.end;
  std::span<const std::byte> bytes;
  if (skip.end > before.end) {
    bytes = pages_.read(begin, skip.end - before.end, fault_);
    if (bytes.empty()) return false;
  }
  count = std::min<std::size_t>(kBlockPostings, list.postings - block * kBlockPostings);
  const std::uint64_t positions = footer_.positions();
  std::uint64_t posting = skip.first;
  std::size_t at = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) {
      std::uint64_t delta = 0;
      std::uint8_t part = 0x80;
      for (unsigned shift = 0; (part & 0x80) != 0; shift += 7) {
        if (at == bytes.size() || shift > 28) return content_fault(begin);
        part = static_cast<std::uint8_t>(bytes[at++]);
        delta |= static_cast<std::uint64_t>(part & 0x7f) << shift;
      }
      if (delta == 0) return content_fault(begin);
      posting += delta;
    }
    if (posting >= positions) return content_fault(begin);
    postings[i] = static_cast<Posting>(posting);
  }
  if (at != bytes.size()) return content_fault(begin);
  return true;
}

bool RunLists::blocks_below(const List& list, std::uint64_t bound, std::uint32_t& count) {
  std::uint32_t low = 0;
  std::uint32_t high = list.blocks;
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    Skip skip;
    if (!load_skip(list, middle, skip)) return false;
    if (skip.first < bound) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  count = low;
  return true;
}

bool RunLists::content_fault(std::uint64_t offset) {
  fault_ = {RunReadFault::content, offset};
  return false;
}

}  // namespace esker::index
