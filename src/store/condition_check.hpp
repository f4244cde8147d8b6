#pragma once

#include <cstdint>
#include <optional>

#include "esker/append.hpp"
#include "esker/error.hpp"
#include "index/term.hpp"
#include "log/log.hpp"
#include "store/filter_walk.hpp"
#include "store/index_reader.hpp"
#include "store/record_reader.hpp"

namespace esker::store {

/// How far it is known whether a condition holds.
struct ConditionLook {
  Position looked_at;  ///< Up to here nothing makes it fail.
  bool complete =
      true;  ///< All of the range has been looked at, or `conflict` found; otherwise there is more to look at.
  std::optional<Conflict> conflict;  ///< The first event that makes it fail.
};

/// Looks for what makes a condition fail among the events of `range`, which `read` gives by their position. `budget` bounds how many
/// look-ups and records that may take, but for a few that bring it forward in any case. Errors: those of the index and of `read`.
template <class Read>
Result<ConditionLook> look_at_condition(const IndexReader& index, const index::TermHasher& hasher,
                                        const Condition& condition, PositionRange range,
                                        std::uint64_t budget, Read read) {
  const FilterView filter = view_of(condition.filter);
  FilterWalk walk(index, hasher, filter, Direction::forwards);
  while (!range.empty()) {
    Proposal proposal{Proposal::Kind::found, range.begin};
    if (!walk.everything()) {
      ESKER_TRY(proposal, walk.next(range, budget));
    }
    if (proposal.kind == Proposal::Kind::none) break;
    if (proposal.kind == Proposal::Kind::paused) {
      return ConditionLook{proposal.position.previous(), false, {}};
    }
    ESKER_TRY(const format::RecordView record, read(proposal.position));
    if (selects(filter, record)) {
      return ConditionLook{proposal.position.previous(), true,
                           Conflict{std::string(record.stream), record.version, record.position,
                                    std::string(record.type)}};
    }
    if (budget == 0) return ConditionLook{proposal.position, false, {}};
    --budget;
    range = range.behind(Direction::forwards, proposal.position);
  }
  return ConditionLook{range.end.previous(), true, {}};
}

/// Looks at visible events for conditions that have many to look at, besides the builder, which only looks at the rest then.
/// Threads: one at a time. What it is given by reference outlives it.
class ConditionChecker {
 public:
  ConditionChecker(const log::Log& log, const IndexReader& index, const index::TermHasher& hasher)
      : log_(log), index_(index), hasher_(hasher), records_(log) {}

  /// A piece of the work, some milliseconds of what is in memory, behind `looked_at`. Errors: those of reading.
  Result<ConditionLook> look(const Condition& condition, Position looked_at);

  /// What all looks have cost, but for the time.
  [[nodiscard]] Explanation cost() const {
    Explanation cost = index_.cost();
    cost.records = records_.reads();
    return cost;
  }

 private:
  const log::Log& log_;
  const IndexReader index_;
  const index::TermHasher& hasher_;
  RecordReader records_;
};

}  // namespace esker::store
