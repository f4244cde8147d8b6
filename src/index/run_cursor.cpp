#include "index/run_cursor.hpp"

#include "base/assert.hpp"

namespace esker::index {

Result<void> RunCursor::next() {
  constexpr std::size_t kAtOnce = 128;
  ESKER_ASSERT(!at_end_);
  const bool first = read_ == 0;
  if (place_ == ahead_.size()) {
    ask_ahead(terms_window_, kRunHeaderBytes + read_ * kTermEntryBytes);
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

Result<std::uint32_t> RunCursor::count() {
  if (!entry_.is_inline()) ask_ahead(lists_window_, entry_.place);
  return run_->count(entry_);
}

void RunCursor::ask_ahead(io::ReadAheadWindow& window, std::uint64_t offset) {
  if (window.calm(offset)) return;
  const auto [begin, end] = window.reach(offset);
  run_->will_read(begin, end);
}

}  // namespace esker::index
