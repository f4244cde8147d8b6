#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "index/posting_query.hpp"
#include "index/term.hpp"
#include "io/large_memory.hpp"

namespace esker::index {

/// The ids of a memtable's events, in the order of the events, and a hash table from each id to the first event that has it.
///
/// Nearly every term of an index is an id with one posting, and nearly every look-up on the append path is of an id that is not there.
/// A slot of 8 bytes with a part of the hash answers it, in large pages: a third of the memory of a table of whole terms, and hardly a
/// TLB miss. Threads: one, or any number that only read.
class IdTable {
 public:
  /// A part of the ids, those with the same first bits.
  static constexpr std::size_t kShards = 64;

  /// `expected`  so many ids will come, or a few more: the table then need not grow, which stops the append that causes it for a while
  /// (4 ms at 800,000 ids). More than is expected may come.
  explicit IdTable(std::size_t expected = 0);

  /// Which shard has a term, by its highest bits: shards are in the order of their terms.
  [[nodiscard]] static std::size_t shard_of(const Term& term) {
    static_assert(kShards == 64);
    return term.high >> 58;
  }

  /// Adds the next event's id; its posting is the number of those added or skipped before. The posting of the first event with the same
  /// id, when there is one: the table then goes on naming that one.
  std::optional<Posting> add(const Term& id);

  /// The next position has no event any more, and so no id; those that come later are numbered as if it had one.
  void skip();

  /// The first event with the id.
  [[nodiscard]] std::optional<Posting> find(const Term& id) const;

  /// Asks the processor for what `add` and `find` of this id will look at first.
  void prefetch(const Term& id) const { __builtin_prefetch(&slot(shard_of(id), tag_of(id))); }

  [[nodiscard]] std::size_t memory_bytes() const {
    return memory_.bytes() + blocks_.size() * sizeof(Block);
  }

  /// The number of different ids in a shard.
  [[nodiscard]] std::size_t size(std::size_t shard) const { return used_[shard]; }
  /// Calls `visit(id, posting)` for each different id of a shard, in no order.
  template <class Visit>
  void for_each(std::size_t shard, Visit visit) const {
    for (std::size_t place = 0; place < shard_slots_; ++place) {
      if (const Slot& found = slot(shard, place); !found.empty()) {
        visit(id_of(found.posting()), found.posting());
      }
    }
  }

 private:
  static constexpr std::size_t kBlockIds = 512;
  using Block = std::array<Term, kBlockIds>;

  /// All zeros when nothing is there, as memory comes from the kernel.
  struct Slot {
    std::uint32_t tag;
    std::uint32_t behind;  // one more than the posting
    [[nodiscard]] bool empty() const { return behind == 0; }
    [[nodiscard]] Posting posting() const { return behind - 1; }
  };

  /// Where in its shard the search for an id begins, and what tells most others apart there.
  [[nodiscard]] static std::uint32_t tag_of(const Term& id) {
    return static_cast<std::uint32_t>(id.low);
  }
  [[nodiscard]] const Term& id_of(Posting posting) const {
    return (*blocks_[posting / kBlockIds])[posting % kBlockIds];
  }
  /// A shard's slots are a ring.
  [[nodiscard]] Slot& slot(std::size_t shard, std::size_t place) const {
    return static_cast<Slot*>(memory_.data())[shard * shard_slots_ + (place & (shard_slots_ - 1))];
  }
  /// The id's slot, or the empty one where it belongs.
  [[nodiscard]] Slot& search(const Term& id) const;
  void grow();

  std::size_t shard_slots_;  // a power of two
  io::LargeMemory memory_;   // the slots of all shards
  std::array<std::size_t, kShards> used_{};
  std::vector<std::unique_ptr<Block>> blocks_;
  std::size_t size_ = 0;
};

}  // namespace esker::index
