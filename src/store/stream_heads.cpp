#include "store/stream_heads.hpp"

namespace esker::store {

std::optional<StreamHead> StreamHeads::find(std::string_view stream, std::uint64_t hash) {
  const auto found = by_name_.find(Key{stream, hash});
  if (found == by_name_.end()) {
    ++missed_;
    return std::nullopt;
  }
  ++found_;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->head;
}

void StreamHeads::set(std::string_view stream, std::uint64_t hash, StreamHead head) {
  if (const auto found = by_name_.find(Key{stream, hash}); found != by_name_.end()) {
    found->second->head = head;
    entries_.splice(entries_.begin(), entries_, found->second);
    return;
  }
  entries_.push_front({std::string(stream), hash, head});
  by_name_.emplace(Key{entries_.front().name, hash}, entries_.begin());
  bytes_ += cost(stream);
  while (bytes_ > bytes_max_ && entries_.size() > 1) {
    const Entry& last = entries_.back();
    bytes_ -= cost(last.name);
    by_name_.erase(Key{last.name, last.hash});
    entries_.pop_back();
  }
}

}  // namespace esker::store
