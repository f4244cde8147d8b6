#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "index/posting_query.hpp"

namespace esker::index {

/// Ascending postings in one block that grows by doubling. Not for several threads.
class PostingList {
 public:
  /// Adds a posting behind the last one; one that is there already is not added again.
  void append(Posting posting);

  [[nodiscard]] std::span<const Posting> all() const { return {block_.get(), size_}; }
  [[nodiscard]] std::size_t memory_bytes() const { return capacity_ * sizeof(Posting); }

 private:
  struct Free {
    void operator()(Posting* block) const;
  };

  void grow();

  std::unique_ptr<Posting[], Free> block_;
  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = 0;
};

/// Copies those of `postings` (ascending) that `query` wants, in its order, until `into` is full. Returns how many.
std::size_t select_postings(std::span<const Posting> postings, const PostingQuery& query,
                            std::span<Posting> into);

}  // namespace esker::index
