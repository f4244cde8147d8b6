#include "index/run_search.hpp"

#include <algorithm>
#include <array>

#include "index/posting_list.hpp"
#include "index/term_search.hpp"

namespace esker::index {

std::uint64_t FilterSearch::place_of(const Term& term) const {
  return footer_.filter_begin + filter_block_of(term, footer_.filter_blocks) * kFilterBlockBytes;
}

bool FilterSearch::untouched() const {
  return footer_.filter_blocks != 0 && !pages_.touched(place_of(terms_.front()));
}

void FilterSearch::will_run() const {
  if (footer_.filter_blocks == 0) return;
  for (const Term& term : terms_) {
    const std::uint64_t place = place_of(term);
    pages_.will_read(place, place + kFilterBlockBytes);
  }
}

void FilterSearch::run() {
  if (footer_.filter_blocks == 0) return;
  // A filter is larger than the caches, so each block is a miss: asked for all at once they overlap.
  for (const Term& term : terms_) pages_.prefetch(place_of(term));
  for (std::size_t i = 0; i < terms_.size(); ++i) {
    const auto block = pages_.read(place_of(terms_[i]), kFilterBlockBytes, fault_);
    if (block.empty()) return;
    bits_ |= std::uint64_t{filter_may_contain(block, terms_[i])} << i;
  }
}

void RunSearch::run() {
  if (!may_contain()) return;
  TermEntry entry;
  if (!TermSearch(footer_, lists_).find(query_.term, entry)) return;
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
