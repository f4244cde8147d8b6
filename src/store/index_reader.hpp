#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "esker/explanation.hpp"
#include "esker/function.hpp"
#include "index/index.hpp"

namespace esker::store {

/// The index as readers use it: a run that turns out to be damaged is rebuilt in the background, and the reader asks again.
/// Counts what it is asked; each user has a copy of its own, that of one thread at a time. Must not outlive the index.
class IndexReader {
 public:
  /// `repair` lets the background work on the index, and returns when it has had a chance to; called from any thread, and outlives all
  /// copies.
  IndexReader(const index::Index& index, UniqueFunction<void()>& repair)
      : index_(&index), repair_(&repair) {}

  /// As `index::Index::find`. May block while a damaged run is rebuilt. Errors: `corrupt` when that did not help, `io_error`.
  Result<void> find(const index::Term& term, Direction direction, Position from, Position end,
                    std::size_t max, std::vector<Position>& positions) const;

  /// As `index::Index::find_candidates`; otherwise as `find`.
  Result<void> find_candidates(std::span<const index::Term> terms,
                               std::vector<std::uint32_t>& candidates) const;

  /// What this copy has been asked; `records` and `time` are others' to count.
  [[nodiscard]] const Explanation& cost() const { return cost_; }

 private:
  /// Calls `look_up` until it does not meet a damaged run, or repairing does not help.
  template <class LookUp>
  Result<void> repairing(LookUp look_up) const;

  const index::Index* index_;
  UniqueFunction<void()>* repair_;
  mutable Explanation cost_;
};

}  // namespace esker::store
