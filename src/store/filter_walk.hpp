#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "index/term.hpp"
#include "store/filter.hpp"
#include "store/term_walk.hpp"

namespace esker::store {

/// What an index has to say of a filter, piece by piece.
struct Proposal {
  enum class Kind : std::uint8_t {
    found,   ///< The event at `position` may be selected; none before it is.
    none,    ///< No event of the range is selected.
    paused,  ///< So much has been looked at that somebody else should have a turn: none before `position` is selected.
  };
  Kind kind = Kind::none;
  Position position;
};

/// The positions that one item of a filter proposes: the intersection of the terms that an event must have, and of the union of those of
/// which it needs one.
class ItemWalk {
 public:
  ItemWalk(Direction direction, std::vector<TermWalk> all, std::vector<TermWalk> any)
      : direction_(direction), all_(std::move(all)), any_(std::move(any)) {}

  /// The one term that it consists of; null when there are more.
  [[nodiscard]] TermWalk* only_term() {
    return all_.size() == 1 && any_.empty() ? all_.data() : nullptr;
  }

  /// The first proposal in `range`, whose front moves on only from call to call. `budget` is lessened by what was looked at; at 0 the
  /// walk pauses, and goes on from there. Errors: those of the index.
  Result<Proposal> next(const PositionRange& range, std::uint64_t& budget);

  /// A budget that suffices to move on.
  [[nodiscard]] std::uint64_t budget_min() const { return walks() + 1; }

 private:
  [[nodiscard]] std::size_t walks() const { return all_.size() + (any_.empty() ? 0 : 1); }
  Result<std::optional<Position>> next_of_any(const PositionRange& range);
  Result<Proposal> search(PositionRange range, std::uint64_t& budget);

  Direction direction_;
  std::vector<TermWalk> all_;
  std::vector<TermWalk> any_;
  // The last answer, good as long as the front has not passed it.
  Proposal last_;
  PositionRange searched_;
};

/// Walks the posting lists of a filter: the union of its items. The index proposes, the record decides: the caller checks each proposal by
/// `selects`.
///
/// Threads: one at a time. What it is made of outlives it.
class FilterWalk {
 public:
  FilterWalk(const FilterWalk&) = delete;
  FilterWalk& operator=(const FilterWalk&) = delete;
  FilterWalk(const IndexReader& index, const index::TermHasher& hasher, const FilterView& filter,
             Direction direction);

  /// True when nothing in the index narrows the filter down: then each position is a proposal, and this walk is not needed.
  [[nodiscard]] bool everything() const { return items_.empty(); }

  /// As `TermWalk::at_hand`: a filter of one term needs no more than this for most events.
  std::optional<Position> at_hand(const PositionRange& range) {
    return only_term_ != nullptr ? only_term_->at_hand(range) : std::nullopt;
  }

  /// As `TermWalk::take_fetched`, for a filter of one term. What the walk of another will meet is not known ahead.
  std::span<const Position> take_fetched() {
    return only_term_ != nullptr ? only_term_->take_fetched() : std::span<const Position>();
  }

  /// The first proposal in `range`. As `ItemWalk::next`; each item has its share of the budget, and enough to move on.
  Result<Proposal> next(const PositionRange& range, std::uint64_t& budget);

 private:
  Direction direction_;
  std::vector<ItemWalk> items_;
  TermWalk* only_term_ = nullptr;  // into `items_`, when there is just one
};

}  // namespace esker::store
