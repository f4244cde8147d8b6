#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "esker/result.hpp"
#include "index/page_writer.hpp"
#include "index/run.hpp"
#include "index/run_format.hpp"
#include "io/directory.hpp"

namespace esker::index {

/// Writes a run of terms that come in their order, and publishes it (R8: temporary name, sync, rename, directory sync), in the place of
/// one that may be there. The same terms and postings always give the same bytes, however they are handed over.
///
/// All parts of the file grow at once, each from its front to its back, so memory is bounded: a buffer for each part, one list of at most
/// `kShortListPostings`, and the page table (four bytes for 4 KiB of the run). That is why the number of terms must be known beforehand:
/// it places the parts. The next posting of a list that is longer goes to the disk, its skip entry to another place there.
///
/// After an error the file is of no use: `abandon` it, and begin anew with another one, so that no failed sync is ever repeated.
/// Errors: `no_space`, `io_error`. Not for several threads.
class RunWriter {
 public:
  /// Makes the file of a run with `terms` terms. `directory` outlives the writer.
  static Result<std::unique_ptr<RunWriter>> create(io::Directory& directory, const Uuid& store,
                                                   const RunKey& key, std::uint64_t terms);

  /// Adds a term that has one posting. Terms ascend, and are never more than announced.
  Result<void> add(const Term& term, Posting only);
  /// Adds a term that has so many postings, at least two; they come next.
  Result<void> begin_list(const Term& term, std::uint32_t postings);
  /// Adds the next postings of the list; they ascend.
  Result<void> append(std::span<const Posting> postings);

  /// How much has been written or soon will be.
  [[nodiscard]] std::uint64_t written() const;
  /// Terms that have been added so far.
  [[nodiscard]] std::uint64_t terms() const { return terms_added_; }

  /// Makes durable what has been written so far, so that `publish` has little left to wait for.
  Result<void> sync_piece();

  /// Completes the run, all terms of which have been added, publishes and opens it. Errors also: those of `Run::open`; then
  /// either what was there before or the new run, whole, is there or will be after a crash.
  Result<std::shared_ptr<Run>> publish();

  /// Gives the space back; if that fails, the next attempt or the next open removes the file.
  void abandon();

 private:
  RunWriter(io::Directory& directory, std::unique_ptr<io::File> file, const RunFooter& footer);

  Result<void> add_entry(const Term& term, std::uint64_t place);
  Result<void> add_to_filter(const Term& term);
  Result<void> end_block();
  Result<void> end_list();
  Result<void> complete();
  [[nodiscard]] std::string name() const;

  io::Directory& directory_;
  const std::unique_ptr<io::File> file_;
  RunFooter footer_;
  std::uint64_t terms_added_ = 0;
  PageTable table_;
  PageWriter terms_;
  PageWriter filter_;
  PageWriter lists_;

  std::array<std::byte, kFilterBlockBytes> filter_block_{};
  std::uint64_t filter_block_number_ = 0;

  // The list that is being added.
  std::uint32_t list_left_ = 0;
  std::uint32_t list_block_ = 0;
  std::uint64_t blocks_bytes_ = 0;
  std::vector<std::byte> list_;      // A short list, or the next block of a long one.
  std::optional<PageWriter> skips_;  // Of a long list.
  std::vector<Posting> block_;
};

}  // namespace esker::index
