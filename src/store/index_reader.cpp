#include "store/index_reader.hpp"

namespace esker::store {
namespace {

/// A look-up crosses several runs, each of which may be damaged. More rounds than that, and something is wrong that rebuilding
/// does not mend.
constexpr int kRepairsMax = 4;

}  // namespace

Result<void> IndexReader::find(const index::Term& term, Direction direction, Position from,
                               Position end, std::size_t max,
                               std::vector<Position>& positions) const {
  const std::size_t had = positions.size();
  for (int repairs = 0;; ++repairs) {
    Result<void> found = index_.find(term, direction, from, end, max, positions);
    if (found || found.assume_error().code() != Errc::corrupt || repairs == kRepairsMax) {
      return found;
    }
    positions.resize(had);
    repair_();
  }
}

}  // namespace esker::store
