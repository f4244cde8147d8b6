#pragma once

#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "store/index_reader.hpp"
#include "store/position_range.hpp"

namespace esker::store {

/// The positions that have one term, in order, with jumps ahead. Fetched from the index in batches that grow while they are used up and
/// begin small after a jump: an intersection of a frequent term with a rare one touches only what is near the rare one's positions.
///
/// Threads: one at a time. The index outlives it.
class TermWalk {
 public:
  TermWalk(const IndexReader& index, const index::Term& term, Direction direction)
      : index_(index), term_(term), direction_(direction) {}

  /// The first position of the term in `range`; nothing when there is none. From call to call the range's front only moves in the walk's
  /// direction. Errors: those of the index.
  Result<std::optional<Position>> next(const PositionRange& range);

  /// The same when the answer is close at hand, which it is for nearly every event of a plain walk; otherwise nothing, and `next` tells.
  std::optional<Position> at_hand(const PositionRange& range) {
    const Position front = range.front(direction_);
    for (int i = 0; i < 2 && used_ < batch_.size(); ++i, ++used_) {
      const Position found = batch_[used_];
      if (before(found, front)) continue;
      return found >= range.begin && found < range.end ? std::optional(found) : std::nullopt;
    }
    return std::nullopt;
  }

  /// The positions that `next` has just fetched from the index and that are still ahead; none when it did not have to.
  std::span<const Position> take_fetched() {
    if (!std::exchange(fetched_now_, false)) return {};
    return std::span(batch_).subspan(used_);
  }

 private:
  /// Passes what lies before `front`.
  void skip_to(Position front);
  Result<void> fetch(const PositionRange& range);
  [[nodiscard]] bool before(Position a, Position b) const {
    return direction_ == Direction::forwards ? a < b : a > b;
  }

  const IndexReader& index_;
  index::Term term_;
  Direction direction_;
  std::vector<Position> batch_;
  std::size_t used_ = 0;
  std::size_t batch_max_ = 0;
  bool fetched_now_ = false;
  PositionRange fetched_;  // what the batch has all positions of
};

}  // namespace esker::store
