#include "store/index_reader.hpp"

namespace esker::store {
namespace {

/// A look-up crosses several runs, each of which may be damaged. More rounds than that, and something is wrong that rebuilding
/// does not mend.
constexpr int kRepairsMax = 4;

}  // namespace

template <class LookUp>
Result<void> IndexReader::repairing(LookUp look_up) const {
  for (int repairs = 0;; ++repairs) {
    Result<void> found = look_up();
    if (found || found.assume_error().code() != Errc::corrupt || repairs == kRepairsMax) {
      return found;
    }
    (*repair_)();
  }
}

Result<void> IndexReader::find(const index::Term& term, Direction direction, Position from,
                               Position end, std::size_t max,
                               std::vector<Position>& positions) const {
  const std::size_t before = positions.size();
  ++cost_.lookups;
  Result<void> found =
      repairing([&] { return index_->find(term, direction, from, end, max, positions); });
  cost_.postings += positions.size() - before;
  return found;
}

Result<void> IndexReader::find_candidates(std::span<const index::Term> terms,
                                          std::vector<std::uint32_t>& candidates) const {
  cost_.lookups += terms.size();
  return repairing([&] {
    candidates.clear();
    return index_->find_candidates(terms, candidates);
  });
}

}  // namespace esker::store
