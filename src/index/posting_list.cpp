#include "index/posting_list.hpp"

#include <algorithm>
#include <cstdlib>
#include <new>

#include "base/assert.hpp"

namespace esker::index {

void PostingList::append(Posting posting) {
  if (size_ > 0) {
    const Posting last = block_[size_ - 1];
    if (last == posting) return;
    ESKER_ASSERT_VALUES(last < posting, last, posting);
  }
  if (size_ == capacity_) grow();
  block_[size_++] = posting;
}

void PostingList::grow() {
  constexpr std::uint32_t kCapacityFirst = 4;
  const std::uint32_t capacity = capacity_ == 0 ? kCapacityFirst : 2 * capacity_;
  // realloc, because it remaps the pages of large blocks instead of copying them: a list of a million postings grows without a
  // pause that the append path would feel.
  void* grown = std::realloc(block_.get(), capacity * sizeof(Posting));
  if (grown == nullptr) throw std::bad_alloc();
  static_cast<void>(block_.release());
  block_.reset(static_cast<Posting*>(grown));
  capacity_ = capacity;
}

void PostingList::Free::operator()(Posting* block) const { std::free(block); }

std::size_t select_postings(std::span<const Posting> postings, const PostingQuery& query,
                            std::span<Posting> into) {
  const auto first = std::ranges::lower_bound(
      postings, query.begin, {}, [](Posting posting) -> std::uint64_t { return posting; });
  const auto last =
      std::ranges::lower_bound(first, postings.end(), query.end, {},
                               [](Posting posting) -> std::uint64_t { return posting; });
  const std::size_t count = std::min(into.size(), static_cast<std::size_t>(last - first));
  if (query.direction == Direction::forwards) {
    std::copy_n(first, count, into.begin());
  } else {
    std::copy_n(std::make_reverse_iterator(last), count, into.begin());
  }
  return count;
}

}  // namespace esker::index
