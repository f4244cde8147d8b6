#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "index/posting_list.hpp"
#include "index/term.hpp"

namespace esker::index {

/// The postings of a term: the first event of every stream needs no more than this.
struct TermSlot {
  Posting only = 0;
  std::uint32_t list =
      0;  ///< 0: there is only one posting; otherwise one more than the index of its list.
};

/// A hash table from terms to their slots, with open addressing and linear probing. Terms are hashes already, and nothing is ever removed.
///
/// Written here for one thing that the libraries' tables lack: asking the processor for a term's place ahead of time, so that the cache
/// misses of many look-ups overlap.
/// Threads: one, or any number that only read.
class TermTable {
 public:
  /// The term's slot, or null. Valid until something is added.
  [[nodiscard]] const TermSlot* find(const Term& term) const;

  /// The term's slot, made equal to `slot` when the term is new; and whether it is.
  std::pair<TermSlot*, bool> try_emplace(const Term& term, const TermSlot& slot);

  /// Asks the processor for what `find` and `try_emplace` of this term will look at first.
  void prefetch(const Term& term) const {
    if (!entries_.empty()) __builtin_prefetch(&entries_[place_of(term)]);
  }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t memory_bytes() const { return entries_.size() * sizeof(Entry); }

  /// Calls `visit(term, slot)` for each term, in no order.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const Entry& entry : entries_) {
      if (!entry.empty()) visit(entry.term, entry.slot);
    }
  }

 private:
  static constexpr std::uint32_t kEmpty = UINT32_MAX;

  struct Entry {
    Term term;
    TermSlot slot{0, kEmpty};
    [[nodiscard]] bool empty() const { return slot.list == kEmpty; }
  };

  /// Where the search for a term begins. Entries are a power of two in number.
  [[nodiscard]] std::size_t place_of(const Term& term) const {
    return (term.low ^ term.high * 0x9e3779b97f4a7c15ULL) & (entries_.size() - 1);
  }
  /// The term's entry, or the empty one where it belongs.
  [[nodiscard]] std::size_t search(const Term& term) const;
  void grow();

  std::vector<Entry> entries_;
  std::size_t size_ = 0;
};

}  // namespace esker::index
