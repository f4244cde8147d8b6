#include "index/id_table.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace esker::index {
namespace {

constexpr std::size_t kShardSlotsMin = 8;

// A shard may be five eighths full: finding that an id is not there then takes 4 slots on average, which lie in one cache line or two.
constexpr bool is_full(std::size_t used, std::size_t slots) { return used * 8 >= slots * 5; }

}  // namespace

// Twice the slots, so that the fullest shard is not full when what is expected has come.
IdTable::IdTable(std::size_t expected)
    : shard_slots_(std::bit_ceil(std::max(kShardSlotsMin, 2 * expected / kShards))),
      memory_(kShards * shard_slots_ * sizeof(Slot)) {}

void IdTable::skip() {
  if (size_ % kBlockIds == 0) blocks_.push_back(std::make_unique_for_overwrite<Block>());
  ++size_;
}

std::optional<Posting> IdTable::add(const Term& id) {
  if (size_ % kBlockIds == 0) blocks_.push_back(std::make_unique_for_overwrite<Block>());
  (*blocks_.back())[size_ % kBlockIds] = id;
  ++size_;

  std::size_t& used = used_[shard_of(id)];
  if (is_full(used, shard_slots_)) grow();
  Slot& found = search(id);
  if (!found.empty()) return found.posting();
  found = {tag_of(id), static_cast<std::uint32_t>(size_)};
  ++used;
  return std::nullopt;
}

std::optional<Posting> IdTable::find(const Term& id) const {
  const Slot& found = search(id);
  if (found.empty()) return std::nullopt;
  return found.posting();
}

IdTable::Slot& IdTable::search(const Term& id) const {
  const std::size_t shard = shard_of(id);
  const std::uint32_t tag = tag_of(id);
  for (std::size_t place = tag;; ++place) {
    Slot& found = slot(shard, place);
    if (found.empty() || (found.tag == tag && id_of(found.posting()) == id)) return found;
  }
}

// The slots know where they belong, so that the ids need not be looked at.
void IdTable::grow() {
  const std::size_t slots_before = shard_slots_;
  const io::LargeMemory before = std::exchange(memory_, io::LargeMemory(2 * memory_.bytes()));
  shard_slots_ *= 2;
  for (std::size_t i = 0; i < kShards * slots_before; ++i) {
    const Slot& moved = static_cast<const Slot*>(before.data())[i];
    if (moved.empty()) continue;
    std::size_t place = moved.tag;
    while (!slot(i / slots_before, place).empty()) ++place;
    slot(i / slots_before, place) = moved;
  }
}

}  // namespace esker::index
