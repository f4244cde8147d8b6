#include "index/run_cursor.hpp"

#include "base/assert.hpp"

namespace esker::index {

Result<void> RunCursor::next() {
  constexpr std::size_t kAtOnce = 128;
  ESKER_ASSERT(!at_end_);
  const bool first = read_ == 0;
  if (place_ == ahead_.size()) {
    ahead_.resize(kAtOnce);
    ESKER_TRY(const std::size_t count, run_->copy_terms(read_, ahead_));
    ahead_.resize(count);
    place_ = 0;
    read_ += count;
  }
  if (ahead_.empty()) {
    at_end_ = true;
    return ok();
  }
  const TermEntry& entry = ahead_[place_++];
  if (!first && entry.term <= entry_.term) return run_->refuse("its terms do not ascend");
  entry_ = entry;
  return ok();
}

}  // namespace esker::index
