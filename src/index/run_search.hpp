#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "index/posting_query.hpp"
#include "index/run_format.hpp"
#include "index/run_lists.hpp"
#include "index/run_pages.hpp"

namespace esker::index {

/// Which of at most 64 terms a run's filter lets through: all that are in the run, and few others. Owns nothing, as `RunSearch`.
class FilterSearch {
 public:
  /// All of these outlive the search.
  FilterSearch(RunPages& pages, const RunFooter& footer, std::span<const Term> terms)
      : pages_(pages), footer_(footer), terms_(terms) {}

  /// Whether what `run` touches for the first term has never been touched before.
  [[nodiscard]] bool untouched() const;
  /// Asks the disk for what `run` will touch.
  void will_run() const;

  void run();

  /// Bit i for `terms[i]`.
  [[nodiscard]] std::uint64_t bits() const { return bits_; }
  [[nodiscard]] const RunPages::Fault& fault() const { return fault_; }

 private:
  [[nodiscard]] std::uint64_t place_of(const Term& term) const;

  RunPages& pages_;
  const RunFooter& footer_;
  std::span<const Term> terms_;
  std::uint64_t bits_ = 0;
  RunPages::Fault fault_;
};

/// One look-up in a run: filter, then term table, then the blocks of the list that are asked for.
///
/// Owns nothing, so that it may be left in the middle when a mapped page cannot be read (`io::guarded_read`).
class RunSearch {
 public:
  /// All of these outlive the search.
  RunSearch(RunPages& pages, const RunFooter& footer, const PostingQuery& query,
            std::span<Posting> into)
      : pages_(pages), footer_(footer), lists_(pages, footer), query_(query), into_(into) {}

  /// Fills `into`, as far as there are postings.
  void run();

  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] const RunPages::Fault& fault() const {
    return filter_fault_.kind != RunReadFault::none ? filter_fault_ : lists_.fault();
  }

 private:
  /// False when there is nothing to find or `fault` has been set.
  bool may_contain();
  void walk_forwards(const RunLists::List& list);
  void walk_backwards(const RunLists::List& list);

  RunPages& pages_;
  const RunFooter& footer_;
  RunLists lists_;
  const PostingQuery& query_;
  std::span<Posting> into_;
  std::size_t count_ = 0;
  RunPages::Fault filter_fault_;
};

}  // namespace esker::index
