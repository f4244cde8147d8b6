#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "base/mutex.hpp"
#include "index/id_table.hpp"
#include "index/posting_list.hpp"
#include "index/posting_query.hpp"
#include "index/segment_key.hpp"
#include "index/term.hpp"
#include "index/term_table.hpp"

namespace esker::index {

/// The index of one segment in memory, from its first event until a run has taken its place.
///
/// Threads: `add` from one, all other functions from any, at the same time. One mutex, because four (one for each term) would cost
/// a third of the time that an event has; nobody holds it for longer than one event or `copy` takes, or one shard in `shard`.
class Memtable {
 public:
  /// The terms come in so many shards, each with those of the same first bits.
  static constexpr std::size_t kShards = IdTable::kShards;

  /// A term and its postings, in views into the memtable and itself.
  struct Entry {
    Term term;
    Posting only = 0;               ///< When there is just one.
    std::span<const Posting> many;  ///< Otherwise.
    [[nodiscard]] std::span<const Posting> postings() const {
      return many.empty() ? std::span(&only, 1) : many;
    }
  };

  /// `expected`  about so many events will come; 0: not known.
  Memtable(SegmentId segment, Position first, std::uint64_t expected = 0);

  [[nodiscard]] SegmentId segment() const { return segment_; }
  [[nodiscard]] Position first() const { return first_; }
  /// One behind the last event's position; equal to `first` while there is none.
  [[nodiscard]] Position end() const { return Position(end_.load(std::memory_order_acquire)); }

  /// Adds events in a row, or positions whose events are gone; `first` must be `end()`.
  void add(Position first, std::span<const EventTerms> events) ESKER_EXCLUDES(mutex_);
  void add(Position position, const EventTerms& terms) ESKER_EXCLUDES(mutex_) {
    add(position, std::span(&terms, 1));
  }

  /// Sets bit i of the answer for each of at most 64 ids that an event has.
  [[nodiscard]] std::uint64_t contained(std::span<const Term> ids) const ESKER_EXCLUDES(mutex_);

  /// Copies the postings that `query` wants until `into` is full; returns how many. Does not allocate.
  [[nodiscard]] std::size_t copy(const PostingQuery& query, std::span<Posting> into) const
      ESKER_EXCLUDES(mutex_);

  /// The terms of a shard, ascending; shards are in the order of their terms too. Only once nothing will be added any more: the views
  /// are valid as long as this is.
  [[nodiscard]] std::vector<Entry> shard(std::size_t number) const ESKER_EXCLUDES(mutex_);

  /// What the postings take, roughly.
  [[nodiscard]] std::uint64_t memory_bytes() const {
    return memory_bytes_.load(std::memory_order_relaxed);
  }

 private:
  /// The list looked up last for a kind of term: consecutive events often share stream, category and type.
  struct Recent {
    Term term;
    PostingList* list = nullptr;
  };

  void add_id(const Term& id, Posting posting) ESKER_REQUIRES(mutex_);
  void append_remembering(Recent& recent, const Term& term, Posting posting) ESKER_REQUIRES(mutex_);
  /// The list that the posting went to; null when it is the term's only one.
  PostingList* append(const Term& term, Posting posting) ESKER_REQUIRES(mutex_);
  void append_to_list(PostingList& list, Posting posting) ESKER_REQUIRES(mutex_);
  void count_memory(std::size_t bytes) ESKER_REQUIRES(mutex_);

  const SegmentId segment_;
  const Position first_;
  std::atomic<std::uint64_t> end_;
  std::atomic<std::uint64_t> memory_bytes_{sizeof(Memtable)};

  mutable base::Mutex mutex_;
  // A term that is in `shards_` has all its postings there; of the others `ids_` knows the only one.
  IdTable ids_ ESKER_GUARDED_BY(mutex_);
  std::array<TermTable, kShards> shards_ ESKER_GUARDED_BY(mutex_);
  std::deque<PostingList> lists_
      ESKER_GUARDED_BY(mutex_);  // A deque, because `Recent` needs them to stay where they are.
  Recent stream_ ESKER_GUARDED_BY(mutex_);
  Recent category_ ESKER_GUARDED_BY(mutex_);
  Recent type_ ESKER_GUARDED_BY(mutex_);
};

}  // namespace esker::index
