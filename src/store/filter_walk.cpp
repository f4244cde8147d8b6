#include "store/filter_walk.hpp"

#include <algorithm>
#include <utility>

namespace esker::store {
namespace {

/// The terms that all events have which the filter's selector reaches.
std::vector<index::Term> selector_terms(const index::TermHasher& hasher, const FilterView& filter) {
  std::vector<index::Term> terms;
  const std::string& name = filter.selector.name;
  switch (filter.selector.kind) {
    case Selector::Kind::all:
      break;
    case Selector::Kind::stream:
      terms.push_back(hasher.stream(name));
      break;
    case Selector::Kind::category:
      terms.push_back(hasher.category(name));
      break;
    case Selector::Kind::prefix:
      // A prefix that goes beyond a category's name tells the category.
      if (name.find('-') != std::string::npos) terms.push_back(hasher.category(category_of(name)));
      break;
    case Selector::Kind::id:
      terms.push_back(hasher.id(EventId::parse(name).value_or(EventId())));
      break;
  }
  if (filter.first_of_stream) terms.push_back(hasher.first());
  return terms;
}

bool before(Direction direction, Position a, Position b) {
  return direction == Direction::forwards ? a < b : a > b;
}

}  // namespace

Result<Proposal> ItemWalk::next(const PositionRange& range, std::uint64_t& budget) {
  if (range.empty()) return Proposal{};
  const Position front = range.front(direction_);
  // What was searched has nothing before the last answer.
  const bool still_good = front >= searched_.begin && front < searched_.end &&
                          !before(direction_, last_.position, front);
  const bool known = still_good && last_.kind == Proposal::Kind::found &&
                     last_.position >= range.begin && last_.position < range.end;
  if (known) return last_;
  const bool goes_on = still_good && last_.kind == Proposal::Kind::paused;
  const PositionRange rest = goes_on ? range.from(direction_, last_.position) : range;
  ESKER_TRY(last_, search(rest, budget));
  searched_ = range;
  return last_;
}

Result<std::optional<Position>> ItemWalk::next_of_any(const PositionRange& range) {
  std::optional<Position> first;
  for (TermWalk& walk : any_) {
    ESKER_TRY(const std::optional<Position> found, walk.next(range));
    if (found && (!first || before(direction_, *found, *first))) first = found;
  }
  return first;
}

// Leapfrog: each in turn jumps to where the others are at least, until all have met.
Result<Proposal> ItemWalk::search(PositionRange range, std::uint64_t& budget) {
  std::size_t agreed = 0;
  for (std::size_t i = 0;; i = (i + 1) % walks()) {
    if (budget == 0) return Proposal{Proposal::Kind::paused, range.front(direction_)};
    --budget;
    ESKER_TRY(const std::optional<Position> found,
              i < all_.size() ? all_[i].next(range) : next_of_any(range));
    if (!found) return Proposal{};
    agreed = agreed > 0 && *found == range.front(direction_) ? agreed + 1 : 1;
    range = range.from(direction_, *found);
    if (agreed == walks()) return Proposal{Proposal::Kind::found, *found};
  }
}

FilterWalk::FilterWalk(const IndexReader& index, const index::TermHasher& hasher,
                       const FilterView& filter, Direction direction)
    : direction_(direction) {
  const std::vector<index::Term> selector = selector_terms(hasher, filter);
  const auto walks_of = [&](const std::vector<index::Term>& terms) {
    std::vector<TermWalk> walks;
    walks.reserve(terms.size());
    for (const index::Term& term : terms) walks.emplace_back(index, term, direction);
    return walks;
  };
  if (filter.items.empty() && !selector.empty()) {
    items_.emplace_back(direction, walks_of(selector), std::vector<TermWalk>());
  }
  items_.reserve(items_.size() + filter.items.size());
  for (const QueryItem& item : filter.items) {
    std::vector<index::Term> all;
    all.reserve(selector.size() + item.tags.size());
    all.insert(all.end(), selector.begin(), selector.end());
    for (const std::string& tag : item.tags) all.push_back(hasher.tag(tag));
    std::vector<index::Term> any;
    any.reserve(item.types.size());
    for (const std::string& type : item.types) any.push_back(hasher.type(type));
    items_.emplace_back(direction, walks_of(all), walks_of(any));
  }
  if (items_.size() == 1) only_term_ = items_.front().only_term();
}

Result<Proposal> FilterWalk::next(const PositionRange& range, std::uint64_t& budget) {
  Proposal first;
  const std::uint64_t share = budget / std::max<std::size_t>(1, items_.size());
  for (ItemWalk& item : items_) {
    // One that finds nothing for long must not keep another from its turn.
    const std::uint64_t given = std::max(share, item.budget_min());
    std::uint64_t left = given;
    ESKER_TRY(const Proposal proposal, item.next(range, left));
    budget -= std::min(budget, given - left);
    if (proposal.kind == Proposal::Kind::none) continue;
    // An item that has paused may still have something at that very place, so it comes first there.
    const bool earlier =
        first.kind == Proposal::Kind::none ||
        before(direction_, proposal.position, first.position) ||
        (proposal.position == first.position && proposal.kind == Proposal::Kind::paused);
    if (earlier) first = proposal;
  }
  return first;
}

}  // namespace esker::store
