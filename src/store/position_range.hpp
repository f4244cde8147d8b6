#pragma once

#include "esker/query.hpp"
#include "esker/types.hpp"

namespace esker::store {

/// Positions from `begin` to `end`, half open: what a walk has still to look at.
struct PositionRange {
  Position begin;
  Position end;

  [[nodiscard]] bool empty() const { return begin >= end; }
  /// The range without what lies before `position` in a direction; `position` itself is part of it.
  [[nodiscard]] PositionRange from(Direction direction, Position position) const {
    return direction == Direction::forwards ? PositionRange{position, end}
                                            : PositionRange{begin, position.next()};
  }
  /// The same without `position`.
  [[nodiscard]] PositionRange behind(Direction direction, Position position) const {
    return direction == Direction::forwards ? PositionRange{position.next(), end}
                                            : PositionRange{begin, position};
  }
  /// The same without `other`, which the walk has come to: a position in it is at the front.
  [[nodiscard]] PositionRange behind(Direction direction, const PositionRange& other) const {
    return direction == Direction::forwards ? PositionRange{other.end, end}
                                            : PositionRange{begin, other.begin};
  }
  /// The position that a walk looks at first; the range is not empty.
  [[nodiscard]] Position front(Direction direction) const {
    return direction == Direction::forwards ? begin : end.previous();
  }
};

}  // namespace esker::store
