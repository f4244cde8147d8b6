#include "index/run_search.hpp"

#include <algorithm>
#include <array>

#include "index/posting_list.hpp"

namespace esker::index {

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
  TermEntry entry;
  if (!may_contain() || !find_term(entry)) return;
  if (entry.is_inline()) {
    Posting only = 0;
    if (lists_.load_inline(entry, only)) count_ = select_postings({&only, 1}, query_, into_);
    return;
  }
  RunLists::List list;
  if (!lists_.load_list(entry.place, list)) return;
  if (query_.direction == Direction::forwards) {
    walk_forwards(list);
  } else {
    walk_backwards(list);
  }
}

bool RunSearch::may_contain() {
  FilterSearch filter(pages_, footer_, std::span(&query_.term, 1));
  filter.run();
  if (filter.fault().kind != RunReadFault::none) filter_fault_ = filter.fault();
  return filter.bits() != 0;
}

bool RunSearch::find_term(TermEntry& found) {
  std::uint64_t low = 0;
  std::uint64_t high = footer_.terms;
  if (!bracket(low, high)) return false;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    if (!lists_.load_entry(middle, found)) return false;
    if (found.term == query_.term) return true;
    if (found.term < query_.term) {
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
  TermEntry entry;
  if (!lists_.load_entry(guess, entry)) return false;
  if (entry.term < query_.term) {
    low = guess + 1;
    for (std::uint64_t step = kStepFirst; step < high - low; step *= 2) {
      const std::uint64_t probe = low + step;
      if (!lists_.load_entry(probe, entry)) return false;
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
      if (!lists_.load_entry(probe, entry)) return false;
      if (entry.term < query_.term) {
        low = probe + 1;
        break;
      }
      high = probe + 1;
    }
  }
  return true;
}

void RunSearch::walk_forwards(const RunLists::List& list) {
  std::uint32_t block = 0;
  if (!lists_.blocks_below(list, query_.begin, block)) return;
  if (block > 0) --block;  // The last block that begins before `begin` may hold it.
  std::array<Posting, kBlockPostings> postings;
  for (; block < list.blocks && count_ < into_.size(); ++block) {
    std::size_t count = 0;
    if (!lists_.load_block(list, block, postings, count)) return;
    if (postings[0] >= query_.end) return;
    count_ += select_postings(std::span(postings).first(count), query_, into_.subspan(count_));
  }
}

void RunSearch::walk_backwards(const RunLists::List& list) {
  std::uint32_t block = 0;
  if (!lists_.blocks_below(list, query_.end, block)) return;
  std::array<Posting, kBlockPostings> postings;
  while (block-- > 0 && count_ < into_.size()) {
    std::size_t count = 0;
    if (!lists_.load_block(list, block, postings, count)) return;
    if (postings[count - 1] < query_.begin) return;
    count_ += select_postings(std::span(postings).first(count), query_, into_.subspan(count_));
  }
}

}  // namespace esker::index
