#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "index/run_format.hpp"
#include "index/run_pages.hpp"

namespace esker::index {

/// An entry of the term table.
struct TermEntry {
  Term term;
  std::uint64_t place = 0;

  [[nodiscard]] bool is_inline() const { return (place & kInlinePosting) != 0; }
};

/// Reads a run's term table and lists, believing nothing: what it hands out lies within the file and within the run's positions.
///
/// Owns nothing, so that it may be left in the middle when a mapped page cannot be read (`io::guarded_read`).
class RunLists {
 public:
  /// A list's parts, checked to lie within the lists.
  struct List {
    std::uint64_t skips_begin = 0;
    std::uint64_t blocks_begin = 0;
    std::uint32_t postings = 0;
    std::uint32_t blocks = 0;
  };

  /// Both outlive this.
  RunLists(RunPages& pages, const RunFooter& footer) : pages_(pages), footer_(footer) {}

  // Each of these is false when `fault` has been set.
  bool load_entry(std::uint64_t index, TermEntry& entry);
  /// The only posting of an entry with `is_inline`.
  bool load_inline(const TermEntry& entry, Posting& posting);
  bool load_list(std::uint64_t place, List& list);
  bool load_block(const List& list, std::uint32_t block,
                  std::span<Posting, kBlockPostings> postings, std::size_t& count);
  /// The number of blocks whose first posting is below `bound`.
  bool blocks_below(const List& list, std::uint64_t bound, std::uint32_t& count);

  [[nodiscard]] const RunPages::Fault& fault() const { return fault_; }

 private:
  struct Skip {
    Posting first = 0;
    std::uint32_t end = 0;
  };

  bool load_skip(const List& list, std::uint32_t block, Skip& skip);
  bool content_fault(std::uint64_t offset);

  RunPages& pages_;
  const RunFooter& footer_;
  RunPages::Fault fault_;
};

}  // namespace esker::index
