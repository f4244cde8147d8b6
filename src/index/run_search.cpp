#include "index/run_search.hpp"

#include <algorithm>
#include <array>

#include "base/byte_order.hpp"
#include "index/posting_list.hpp"

namespace esker::index {

using base::load_le;

void FilterSearch::run() {
  if (footer_.filter_blocks == 0) return;
  const auto place_of = [this](const Term& term) {
    return footer_.filter_begin + filter_block_of(term, footer_.filter_blocks) * kFilterBlockBytes;
  };
  // A filter is larger than the caches, so each block is a miss: asked for all at once they overlap.
  for (const Term& term : terms_) pages_.prefetch(place_of(term));
  for (std::size_t i = 0; i < terms_.size(); ++i) {
    const auto block = pages_.read(place_of(terms_[i]), kFilterBlockBytes, fault_);
    if (block.empty()) return;
    bits_ |= std::uint64_t{filter_may_contain(block, terms_[i])} << i;
  }
}

void RunSearch::run() {
  std::uint64_t place = 0;
  if (!may_contain() || !find_term(place)) return;
  if ((place & kInlinePosting) != 0) {
    const std::uint64_t posting = place & ~kInlinePosting;
    if (posting >= footer_.segment.end.value() - footer_.segment.first.value()) {
      content_fault(footer_.terms_begin);
      return;
    }
    const auto only = static_cast<Posting>(posting);
    count_ = select_postings({&only, 1}, query_, into_);
    return;
  }
  List list;
  if (!load_list(place, list)) return;
  if (query_.direction == Direction::forwards) {
    walk_forwards(list);
  } else {
    walk_backwards(list);
  }
}

bool RunSearch::may_contain() {
  FilterSearch filter(pages_, footer_, std::span(&query_.term, 1));
  filter.run();
  fault_ = filter.fault();
  return filter.bits() != 0;
}

bool RunSearch::find_term(std::uint64_t& place) {
  std::uint64_t low = 0;
  std::uint64_t high = footer_.terms;
  if (!bracket(low, high)) return false;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    Entry entry;
    if (!load_entry(middle, entry)) return false;
    if (entry.term == query_.term) {
      place = entry.place;
      return true;
    }
    if (entry.term < query_.term) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return false;
}

/// Narrows [low, high) to a range that holds the term if any does. Hashes are spread evenly, so the term's value tells its place to
/// within about the root of the table's size; from there the range is opened in growing steps, which a table that is not spread
/// evenly only makes longer. Two pages are touched where halving the whole table would touch ten.
bool RunSearch::bracket(std::uint64_t& low, std::uint64_t& high) {
  constexpr std::uint64_t kStepFirst = 64;
  const double fraction = static_cast<double>(query_.term.high) / 0x1p64;
  const auto guess =
      std::min(static_cast<std::uint64_t>(fraction * static_cast<double>(high)), high - 1);
  Entry entry;
  if (!load_entry(guess, entry)) return false;
  if (entry.term < query_.term) {
    low = guess + 1;
    for (std::uint64_t step = kStepFirst; step < high - low; step *= 2) {
      const std::uint64_t probe = low + step;
      if (!load_entry(probe, entry)) return false;
      if (query_.term <= entry.term) {
        high = probe + 1;
        break;
      }
      low = probe + 1;
    }
  } else {
    high = guess + 1;
    for (std::uint64_t step = kStepFirst; step < high - low; step *= 2) {
      const std::uint64_t probe = high - 1 - step;
      if (!load_entry(probe, entry)) return false;
      if (entry.term < query_.term) {
        low = probe + 1;
        break;
      }
      high = probe + 1;
    }
  }
  return true;
}

bool RunSearch::load_entry(std::uint64_t index, Entry& entry) {
  const auto bytes =
      pages_.read(footer_.terms_begin + index * kTermEntryBytes, kTermEntryBytes, fault_);
  if (bytes.empty()) return false;
  entry.term = {load_le<std::uint64_t>(bytes, 0), load_le<std::uint64_t>(bytes, 8)};
  entry.place = load_le<std::uint64_t>(bytes, 16);
  return true;
}

bool RunSearch::load_list(std::uint64_t place, List& list) {
  if (place < kRunHeaderBytes || place > footer_.terms_begin ||
      footer_.terms_begin - place < kListHeaderBytes) {
    return content_fault(place);
  }
  const auto header = pages_.read(place, kListHeaderBytes, fault_);
  if (header.empty()) return false;
  list.postings = load_le<std::uint32_t>(header, 0);
  const std::uint64_t blocks = (std::uint64_t{list.postings} + kBlockPostings - 1) / kBlockPostings;
  list.skips_begin = place + kListHeaderBytes;
  if (list.postings < 2 || blocks * kSkipEntryBytes > footer_.terms_begin - list.skips_begin) {
    return content_fault(place);
  }
  list.blocks = static_cast<std::uint32_t>(blocks);
  list.blocks_begin = list.skips_begin + blocks * kSkipEntryBytes;
  return true;
}

bool RunSearch::load_skip(const List& list, std::uint32_t block, Skip& skip) {
  const auto bytes = pages_.read(list.skips_begin + std::uint64_t{block} * kSkipEntryBytes,
                                 kSkipEntryBytes, fault_);
  if (bytes.empty()) return false;
  skip = {load_le<std::uint32_t>(bytes, 0), load_le<std::uint32_t>(bytes, 4)};
  return true;
}

bool RunSearch::load_block(const List& list, std::uint32_t block,
                           std::span<Posting, kBlockPostings> postings, std::size_t& count) {
  Skip before;
  Skip skip;
  if (block > 0 && !load_skip(list, block - 1, before)) return false;
  if (!load_skip(list, block, skip)) return false;
  if (skip.end < before.end || skip.end > footer_.terms_begin - list.blocks_begin) {
    return content_fault(list.skips_begin);
  }
  const std::uint64_t begin = list.blocks_begin + before.end;
  std::span<const std::byte> bytes;
  if (skip.end > before.end) {
    bytes = pages_.read(begin, skip.end - before.end, fault_);
    if (bytes.empty()) return false;
  }
  count = std::min<std::size_t>(kBlockPostings, list.postings - block * kBlockPostings);
  const std::uint64_t records = footer_.segment.end.value() - footer_.segment.first.value();
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
    if (posting >= records) return content_fault(begin);
    postings[i] = static_cast<Posting>(posting);
  }
  if (at != bytes.size()) return content_fault(begin);
  return true;
}

bool RunSearch::blocks_below(const List& list, std::uint64_t bound, std::uint32_t& count) {
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

void RunSearch::walk_forwards(const List& list) {
  std::uint32_t block = 0;
  if (!blocks_below(list, query_.begin, block)) return;
  if (block > 0) --block;  // The last block that begins before `begin` may hold it.
  std::array<Posting, kBlockPostings> postings;
  for (; block < list.blocks && count_ < into_.size(); ++block) {
    std::size_t count = 0;
    if (!load_block(list, block, postings, count)) return;
    if (postings[0] >= query_.end) return;
    count_ += select_postings(std::span(postings).first(count), query_, into_.subspan(count_));
  }
}

void RunSearch::walk_backwards(const List& list) {
  std::uint32_t block = 0;
  if (!blocks_below(list, query_.end, block)) return;
  std::array<Posting, kBlockPostings> postings;
  while (block-- > 0 && count_ < into_.size()) {
    std::size_t count = 0;
    if (!load_block(list, block, postings, count)) return;
    if (postings[count - 1] < query_.begin) return;
    count_ += select_postings(std::span(postings).first(count), query_, into_.subspan(count_));
  }
}

bool RunSearch::content_fault(std::uint64_t offset) {
  fault_ = {RunReadFault::content, offset};
  return false;
}

}  // namespace esker::index
