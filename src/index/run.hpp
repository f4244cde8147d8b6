#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "esker/result.hpp"
#include "esker/uuid.hpp"
#include "index/posting_query.hpp"
#include "index/run_format.hpp"
#include "index/run_lists.hpp"
#include "index/run_pages.hpp"
#include "io/directory.hpp"

namespace esker::index {

/// An open run file: the index of one or more sealed segments, mapped, immutable. The file may be replaced or removed while it is
/// open.
///
/// Nothing of it is believed before its page's checksum has been checked, which happens when the page is first touched, so that
/// opening costs the same for a large run as for a small one.
/// Threads: any.
class Run {
 public:
  /// Opens the run of these segments, reading nothing but its footer.
  /// Errors: `not_found`; `corrupt` when it is damaged, cut short, or the run of something else; `not_supported` for another format;
  /// `no_space` (too many open files), `io_error`.
  static Result<std::shared_ptr<Run>> open(io::Directory& directory, const Uuid& store,
                                           const RunKey& key);

  /// Reads and checks the footer of a run file, whosever it is. Errors: `corrupt`, `not_supported`, `io_error`.
  static Result<RunFooter> read_footer(io::File& file);

  /// Copies the postings that `query` wants until `into` is full; returns how many. Blocks only for pages that must be read from disk.
  /// Errors: `corrupt` and `io_error`, naming file and offset; the run is then `damaged`.
  Result<std::size_t> copy(const PostingQuery& query, std::span<Posting> into) const;

  /// Sets bit i of the answer for each of at most 64 terms that has a posting, and for few others. Errors: as `copy`.
  [[nodiscard]] Result<std::uint64_t> may_contain(std::span<const Term> terms) const;

  // --- hints, for who looks a term up in several runs: the disk is asked, and not waited for ---

  /// Whether what `may_contain` touches has never been touched before.
  [[nodiscard]] bool untouched(const Term& term) const;
  /// Asks for that.
  void will_ask(const Term& term) const;
  /// Asks for where the term stands, if it is there.
  void will_find(const Term& term) const;

  // --- for who goes through the whole run: merging and verifying; each of these has the errors of `copy` ---

  /// Asks the disk for what of the file's bytes [begin, end) has not been touched before.
  void will_read(std::uint64_t begin, std::uint64_t end) const { pages_.will_read(begin, end); }
  /// Copies entries of the term table from number `first` on until `into` is full; returns how many.
  Result<std::size_t> copy_terms(std::uint64_t first, std::span<TermEntry> into) const;
  /// How many postings an entry has.
  [[nodiscard]] Result<std::uint32_t> count(const TermEntry& entry) const;
  /// Copies the postings of a block of an entry's list; returns how many. The only one of an entry without a list is its block 0.
  Result<std::size_t> copy_block(const TermEntry& entry, std::uint32_t block,
                                 std::span<Posting, kBlockPostings> into) const;
  /// The run is `damaged`, in a way that only who goes through all of it can see. What to tell of it.
  [[nodiscard]] Error refuse(std::string_view reason) const;

  /// True once a page has been found bad: the run should be made again.
  [[nodiscard]] bool damaged() const { return damaged_.load(std::memory_order_relaxed); }

  /// As it should be shown to a person.
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const RunFooter& footer() const { return footer_; }

 private:
  Run(std::string name, const RunFooter& footer, std::unique_ptr<io::Mapping> mapping);

  /// Runs what has `run()` and `fault()` under guard. Errors: as `copy`.
  template <class Search>
  Result<void> guarded(Search& search) const;

  const std::string name_;
  const RunFooter footer_;
  const std::unique_ptr<io::Mapping> mapping_;
  mutable RunPages pages_;
  mutable std::atomic<bool> damaged_{false};
};

}  // namespace esker::index
