#include "index/memtable.hpp"

#include <algorithm>
#include <limits>

#include "base/assert.hpp"

namespace esker::index {

Memtable::Memtable(SegmentId segment, Position first, std::uint64_t expected)
    : segment_(segment), first_(first), end_(first.value()), ids_(expected) {
  count_memory(ids_.memory_bytes());
}

void Memtable::add(Position first, std::span<const EventTerms> events) {
  const std::uint64_t end = end_.load(std::memory_order_relaxed);
  ESKER_ASSERT_VALUES(first.value() == end, first.value(), end);
  const std::uint64_t distance = end - first_.value();
  ESKER_ASSERT_VALUES(distance + events.size() < std::numeric_limits<Posting>::max(), distance);
  auto posting = static_cast<Posting>(distance);

  const base::MutexLock lock(mutex_);
  const std::size_t id_bytes = ids_.memory_bytes();
  for (const EventTerms& terms : events) {
    ids_.prefetch(terms.id);
    shards_[IdTable::shard_of(terms.id)].prefetch(terms.id);
  }
  for (const EventTerms& terms : events) {
    if (terms.left == Left::nothing) {
      ids_.skip();
      ++posting;
      continue;
    }
    append_remembering(stream_, terms.stream, posting);
    append_remembering(category_, terms.category, posting);
    append_remembering(type_, terms.type, posting);
    for (const Term& other : terms.others) append(other, posting);
    add_id(terms.id, posting);
    ++posting;
  }
  count_memory(ids_.memory_bytes() - id_bytes);
  end_.store(end + events.size(), std::memory_order_release);
}

std::uint64_t Memtable::contained(std::span<const Term> ids) const {
  ESKER_ASSERT(ids.size() <= 64);
  std::uint64_t bits = 0;
  const base::MutexLock lock(mutex_);
  for (const Term& id : ids) ids_.prefetch(id);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    bits |= std::uint64_t{ids_.find(ids[i]).has_value()} << i;
  }
  return bits;
}

std::size_t Memtable::copy(const PostingQuery& query, std::span<Posting> into) const {
  const base::MutexLock lock(mutex_);
  if (const TermSlot* slot = shards_[IdTable::shard_of(query.term)].find(query.term)) {
    if (slot->list == 0) return select_postings({&slot->only, 1}, query, into);
    return select_postings(lists_[slot->list - 1].all(), query, into);
  }
  const std::optional<Posting> only = ids_.find(query.term);
  return only ? select_postings({&*only, 1}, query, into) : 0;
}

std::vector<Memtable::Entry> Memtable::shard(std::size_t number) const {
  std::vector<Entry> entries;
  {
    const base::MutexLock lock(mutex_);
    const TermTable& shard = shards_[number];
    entries.reserve(shard.size() + ids_.size(number));
    const auto* const lists = &lists_;
    shard.for_each([&](const Term& term, const TermSlot& slot) {
      entries.push_back({term, slot.only, {}});
      if (slot.list != 0) entries.back().many = (*lists)[slot.list - 1].all();
    });
    ids_.for_each(number, [&](const Term& id, Posting posting) {
      if (shard.find(id) == nullptr) entries.push_back({id, posting, {}});
    });
  }
  std::ranges::sort(entries, {}, &Entry::term);
  return entries;
}

void Memtable::add_id(const Term& id, Posting posting) {
  const std::optional<Posting> first = ids_.add(id);
  // Several streams have an event of this id, or another kind of term is the same by a collision.
  if (shards_[IdTable::shard_of(id)].find(id) != nullptr || first) append(id, posting);
}

void Memtable::append_remembering(Recent& recent, const Term& term, Posting posting) {
  if (recent.list != nullptr && recent.term == term) {
    append_to_list(*recent.list, posting);
  } else {
    recent = {term, append(term, posting)};
  }
}

PostingList* Memtable::append(const Term& term, Posting posting) {
  TermTable& shard = shards_[IdTable::shard_of(term)];
  const std::size_t memory_before = shard.memory_bytes();
  const auto [place, is_new] = shard.try_emplace(term, TermSlot{posting, 0});
  TermSlot& slot = *place;
  if (is_new) {
    count_memory(shard.memory_bytes() - memory_before);
    slot.only = ids_.find(term).value_or(posting);  // it may have been an id only until now
  }
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
