#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "esker/result.hpp"
#include "esker/uuid.hpp"
#include "index/posting_query.hpp"
#include "index/run_format.hpp"
#include "index/run_pages.hpp"
#include "index/segment_key.hpp"
#include "io/directory.hpp"

namespace esker::index {

/// An open run file: the index of one sealed segment, mapped, immutable. The file may be replaced or removed while it is open.
///
/// Nothing of it is believed before its page's checksum has been checked, which happens when the page is first touched, so that
/// opening costs the same for a large run as for a small one.
/// Threads: any.
class Run {
 public:
  /// Opens the run of `segment`, reading nothing but its footer.
  /// Errors: `not_found`; `corrupt` when it is damaged, cut short, or the run of something else; `not_supported` for a later format;
  /// `no_space` (too many open files), `io_error`.
  static Result<std::shared_ptr<Run>> open(io::Directory& directory, const Uuid& store,
                                           const SegmentKey& segment);

  /// Copies the postings that `query` wants until `into` is full; returns how many. Blocks only for pages that must be read from disk.
  /// Errors: `corrupt` and `io_error`, naming file and offset; the run is then `damaged`.
  Result<std::size_t> copy(const PostingQuery& query, std::span<Posting> into) const;

  /// Sets bit i of the answer for each of at most 64 terms that has a posting, and for few others. Errors: as `copy`.
  [[nodiscard]] Result<std::uint64_t> may_contain(std::span<const Term> terms) const;

  /// True once a page has been found bad: the run should be made again.
  [[nodiscard]] bool damaged() const { return damaged_.load(std::memory_order_relaxed); }

  /// As it should be shown to a person.
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const RunFooter& footer() const { return footer_; }

 private:
  Run(std::string name, const RunFooter& footer, std::unique_ptr<io::Mapping> mapping);

  /// Runs a search under guard. Errors: as `copy`.
  template <class Search>
  Result<void> guarded(Search& search) const;

  const std::string name_;
  const RunFooter footer_;
  const std::unique_ptr<io::Mapping> mapping_;
  mutable RunPages pages_;
  mutable std::atomic<bool> damaged_{false};
};

}  // namespace esker::index
