#include "index/memtable.hpp"

#include <algorithm>
#include <limits>

#include "base/assert.hpp"

namespace esker::index {
namespace {

std::size_t shard_of(const Term& term) {
  static_assert(Memtable::kShards == 64);
  return term.high >> 58;
}

}  // namespace

Memtable::Memtable(SegmentId segment, Position first)
    : segment_(segment), first_(first), end_(first.value()) {}

void Memtable::add(Position first, std::span<const EventTerms> events) {
  const std::uint64_t end = end_.load(std::memory_order_relaxed);
  ESKER_ASSERT_VALUES(first.value() == end, first.value(), end);
  const std::uint64_t distance = end - first_.value();
  ESKER_ASSERT_VALUES(distance + events.size() < std::numeric_limits<Posting>::max(), distance);
  auto posting = static_cast<Posting>(distance);

  const base::MutexLock lock(mutex_);
  for (const EventTerms& terms : events) shards_[shard_of(terms.id)].prefetch(terms.id);
  for (const EventTerms& terms : events) {
    append_remembering(stream_, terms.stream, posting);
    append_remembering(category_, terms.category, posting);
    append_remembering(type_, terms.type, posting);
    append(terms.id, posting);
    ++posting;
  }
  end_.store(end + events.size(), std::memory_order_release);
}

std::uint64_t Memtable::contained(std::span<const Term> terms) const {
  ESKER_ASSERT(terms.size() <= 64);
  std::uint64_t bits = 0;
  const base::MutexLock lock(mutex_);
  for (const Term& term : terms) shards_[shard_of(term)].prefetch(term);
  for (std::size_t i = 0; i < terms.size(); ++i) {
    bits |= std::uint64_t{shards_[shard_of(terms[i])].find(terms[i]) != nullptr} << i;
  }
  return bits;
}

std::size_t Memtable::copy(const PostingQuery& query, std::span<Posting> into) const {
  const base::MutexLock lock(mutex_);
  const TermSlot* slot = shards_[shard_of(query.term)].find(query.term);
  if (slot == nullptr) return 0;
  if (slot->list == 0) return select_postings({&slot->only, 1}, query, into);
  return select_postings(lists_[slot->list - 1].all(), query, into);
}

std::vector<Memtable::Entry> Memtable::shard(std::size_t number) const {
  std::vector<Entry> entries;
  {
    const base::MutexLock lock(mutex_);
    const TermTable& shard = shards_[number];
    const auto& lists = lists_;
    entries.reserve(shard.size());
    shard.for_each([&](const Term& term, const TermSlot& slot) {
      entries.push_back({term, slot.list == 0 ? std::span<const Posting>(&slot.only, 1)
                                              : lists[slot.list - 1].all()});
    });
  }
  std::ranges::sort(entries, {}, &Entry::term);
  return entries;
}

void Memtable::append_remembering(Recent& recent, const Term& term, Posting posting) {
  if (recent.list != nullptr && recent.term == term) {
    append_to_list(*recent.list, posting);
  } else {
    recent = {term, append(term, posting)};
  }
}

PostingList* Memtable::append(const Term& term, Posting posting) {
  TermTable& shard = shards_[shard_of(term)];
  const std::size_t memory_before = shard.memory_bytes();
  const auto [place, is_new] = shard.try_emplace(term, TermSlot{posting, 0});
  if (is_new) {
    count_memory(shard.memory_bytes() - memory_before);
    return nullptr;
  }
  TermSlot& slot = *place;
  if (slot.list == 0) {
    // Two terms of one event may be the same, by a collision; it is then found once.
    if (slot.only == posting) return nullptr;
    lists_.emplace_back();
    count_memory(sizeof(PostingList));
    append_to_list(lists_.back(), slot.only);
    slot.list = static_cast<std::uint32_t>(lists_.size());
  }
  PostingList& list = lists_[slot.list - 1];
  append_to_list(list, posting);
  return &list;
}

void Memtable::append_to_list(PostingList& list, Posting posting) {
  const std::size_t before = list.memory_bytes();
  list.append(posting);
  if (list.memory_bytes() != before) count_memory(list.memory_bytes() - before);
}

void Memtable::count_memory(std::size_t bytes) {
  // Only the builder writes it, so that a plain load and store will do.
  memory_bytes_.store(memory_bytes_.load(std::memory_order_relaxed) + bytes,
                      std::memory_order_relaxed);
}

}  // namespace esker::index
