#include "index/term_table.hpp"

namespace esker::index {
namespace {

constexpr std::size_t kEntriesFirst = 16;

// Beyond this many eighths in use the table grows. At 4, finding that a term is not there takes 2.5 entries at most on average; at 6 it
// is 8.5.
constexpr std::size_t kFullEighths = 4;

}  // namespace

std::size_t TermTable::search(const Term& term) const {
  const std::size_t mask = entries_.size() - 1;
  std::size_t place = place_of(term);
  while (!entries_[place].empty() && entries_[place].term != term) place = (place + 1) & mask;
  return place;
}

const TermSlot* TermTable::find(const Term& term) const {
  if (entries_.empty()) return nullptr;
  const Entry& entry = entries_[search(term)];
  return entry.empty() ? nullptr : &entry.slot;
}

std::pair<TermSlot*, bool> TermTable::try_emplace(const Term& term, const TermSlot& slot) {
  if (entries_.empty()) entries_.resize(kEntriesFirst);
  Entry* entry = &entries_[search(term)];
  if (!entry->empty()) return {&entry->slot, false};
  if ((size_ + 1) * 8 > entries_.size() * kFullEighths) {
    grow();
    entry = &entries_[search(term)];
  }
  *entry = {term, slot};
  ++size_;
  return {&entry->slot, true};
}

void TermTable::grow() {
  std::vector<Entry> before(entries_.size() * 2);
  std::swap(before, entries_);
  for (const Entry& entry : before) {
    if (!entry.empty()) entries_[search(entry.term)] = entry;
  }
}

}  // namespace esker::index
