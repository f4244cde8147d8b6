#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "index/posting_query.hpp"
#include "index/run_format.hpp"
#include "index/run_pages.hpp"

namespace esker::index {

/// Which of at most 64 terms a run's filter lets through: all that are in the run, and few others. Owns nothing, as `RunSearch`.
class FilterSearch {
 public:
  /// All of these outlive the search.
  FilterSearch(RunPages& pages, const RunFooter& footer, std::span<const Term> terms)
      : pages_(pages), footer_(footer), terms_(terms) {}

  void run();

  /// Bit i for `terms[i]`.
  [[nodiscard]] std::uint64_t bits() const { return bits_; }
  [[nodiscard]] const RunPages::Fault& fault() const { return fault_; }

 private:
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
      : pages_(pages), footer_(footer), query_(query), into_(into) {}

  /// Fills `into`, as far as there are postings.
  void run();

  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] const RunPages::Fault& fault() const { return fault_; }

 private:
  /// A list's parts, checked to lie within the file.
  struct List {
    std::uint64_t skips_begin = 0;
    std::uint64_t blocks_begin = 0;
    std::uint32_t postings = 0;
    std::uint32_t blocks = 0;
  };
  struct Skip {
    Posting first = 0;
    std::uint32_t end = 0;
  };
  struct Entry {
    Term term;
    std::uint64_t place = 0;
  };

  // Each of these is false when there is nothing (more) to find or `fault_` has been set.
  bool may_contain();
  bool find_term(std::uint64_t& place);
  bool bracket(std::uint64_t& low, std::uint64_t& high);
  bool load_entry(std::uint64_t index, Entry& entry);
  bool load_list(std::uint64_t place, List& list);
  bool load_skip(const List& list, std::uint32_t block, Skip& skip);
  bool load_block(const List& list, std::uint32_t block,
                  std::span<Posting, kBlockPostings> postings, std::size_t& count);
  /// The number of blocks whose first posting is below `bound`.
  bool blocks_below(const List& list, std::uint64_t bound, std::uint32_t& count);

  void walk_forwards(const List& list);
  void walk_backwards(const List& list);
  bool content_fault(std::uint64_t offset);

  RunPages& pages_;
  const RunFooter& footer_;
  const PostingQuery& query_;
  std::span<Posting> into_;
  std::size_t count_ = 0;
  RunPages::Fault fault_;
};

}  // namespace esker::index
