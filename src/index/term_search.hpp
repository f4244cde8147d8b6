#pragma once

#include <cstdint>

#include "index/run_format.hpp"
#include "index/run_lists.hpp"
#include "index/run_pages.hpp"

namespace esker::index {

/// Finds terms in a run's term table, which is in order. Terms are hashes and so spread evenly: a term's value tells its place to within
/// about the root of the table's size (interpolation search), and the entry that is there tells it to within a page.
///
/// Owns nothing, as `RunSearch`.
class TermSearch {
 public:
  /// Both outlive the search; a fault is left in `lists`, which reads the run that `footer` is of.
  TermSearch(const RunFooter& footer, RunLists& lists) : footer_(footer), lists_(lists) {}

  /// Asks the disk for the part of the table that the term is in, if it is there, as far as it has not been touched before.
  static void will_find(const Term& term, const RunPages& pages, const RunFooter& footer);

  /// Whether the term is there; then `found` is its entry. False also when a fault has been set.
  bool find(const Term& term, TermEntry& found);

 private:
  bool better_guess(const Term& term, std::uint64_t& place, TermEntry& entry);
  bool bracket(const Term& term, std::uint64_t& low, std::uint64_t& high);

  const RunFooter& footer_;
  RunLists& lists_;
};

}  // namespace esker::index
