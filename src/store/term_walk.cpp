#include "store/term_walk.hpp"

#include <algorithm>

namespace esker::store {
namespace {

constexpr std::size_t kFirstBatch = 16;
constexpr std::size_t kBatchMax = 1024;

}  // namespace

Result<std::optional<Position>> TermWalk::next(const PositionRange& range) {
  if (range.empty()) return std::optional<Position>();
  const Position front = range.front(direction_);
  if (front < fetched_.begin || front >= fetched_.end) {
    ESKER_TRY(fetch(range));
  }
  while (true) {
    skip_to(front);
    if (used_ < batch_.size()) {
      const Position found = batch_[used_];
      const bool inside = found >= range.begin && found < range.end;
      return inside ? std::optional(found) : std::nullopt;
    }
    // All that was fetched lies before the front, or there was nothing.
    const PositionRange rest_of_range =
        direction_ == Direction::forwards
            ? PositionRange{std::max(fetched_.end, range.begin), range.end}
            : PositionRange{range.begin, std::min(fetched_.begin, range.end)};
    if (rest_of_range.empty()) return std::optional<Position>();
    ESKER_TRY(fetch(rest_of_range));
  }
}

void TermWalk::skip_to(Position front) {
  // Mostly it is the next one or the one after it.
  for (int i = 0; i < 2; ++i) {
    if (used_ == batch_.size() || !before(batch_[used_], front)) return;
    ++used_;
  }
  const auto rest = std::span(batch_).subspan(used_);
  const auto found = std::ranges::lower_bound(
      rest, front, [this](Position a, Position b) { return before(a, b); });
  used_ += static_cast<std::size_t>(found - rest.begin());
}

Result<void> TermWalk::fetch(const PositionRange& range) {
  // Where one event after the other was taken, the next ones will be too.
  const bool used_up = !batch_.empty() && used_ + 1 >= batch_.size();
  batch_max_ = used_up ? std::min(batch_max_ * 2, kBatchMax) : kFirstBatch;
  batch_.clear();
  used_ = 0;
  fetched_ = {};
  ESKER_TRY(index_.find(term_, direction_, range.begin, range.end, batch_max_, batch_));
  fetched_now_ = true;
  fetched_ = range;
  if (batch_.size() < batch_max_) return ok();
  // There may be more behind the last one.
  if (direction_ == Direction::forwards) {
    fetched_.end = batch_.back().next();
  } else {
    fetched_.begin = batch_.back();
  }
  return ok();
}

}  // namespace esker::store
