#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "esker/result.hpp"
#include "index/index_options.hpp"
#include "index/run_cursor.hpp"
#include "index/run_writer.hpp"
#include "index/source.hpp"
#include "io/directory.hpp"

namespace esker::index {

/// Makes one run of several that cover consecutive segments, piece by piece.
///
///   counting ──▶ writing ──▶ done
///
/// It goes over the inputs' terms twice: once to count those that are different, which places the parts of the run, and once to
/// write them. Memory is that of `RunWriter` and some kilobytes an input, whatever the number of terms. An input may be replaced or
/// its file removed meanwhile; it stays mapped. Owned by the background role. Blocks for the disk.
class Merge {
 public:
  /// `inputs` are sources with whole runs, in order and next to each other.
  Merge(io::Directory& directory, const Uuid& store, std::vector<Source> inputs, unsigned level,
        const IndexOptions& options);

  /// Does a bounded piece of work. Returns the run once it is published and open, null while there is more to do.
  /// Errors: `corrupt` (an input, which is then `damaged`), those of `RunWriter`. Then `abandon` it and begin anew.
  Result<std::shared_ptr<Run>> step();

  /// Removes what has been written.
  void abandon();

  /// What it has read of tables and written so far.
  [[nodiscard]] std::uint64_t bytes() const;
  [[nodiscard]] unsigned level() const { return level_; }
  [[nodiscard]] const std::vector<Source>& inputs() const { return inputs_; }
  [[nodiscard]] bool damaged() const;

 private:
  /// An input's list of the current term.
  struct Part {
    std::size_t input = 0;
    TermEntry entry;
    std::uint32_t left = 0;  ///< Postings.
  };

  Result<void> rewind();
  Result<bool> count_piece();
  Result<void> create();
  Result<bool> write_piece();
  Result<void> begin_term();
  Result<void> copy_block();
  Result<void> advance(const Term& term);
  /// False when all inputs are at their end.
  bool least_term(Term& term) const;
  [[nodiscard]] std::uint64_t distance(std::size_t input) const;

  io::Directory& directory_;
  const Uuid store_;
  const std::vector<Source> inputs_;
  const unsigned level_;
  const IndexOptions options_;
  RunKey key_;
  std::vector<RunCursor> cursors_;
  bool counting_ = true;
  std::uint64_t terms_ = 0;
  std::uint64_t table_bytes_read_ = 0;
  std::uint64_t synced_ = 0;
  std::unique_ptr<RunWriter> writer_;

  // The term that is being written: what is left of its lists.
  std::vector<Part> parts_;
  std::size_t part_ = 0;
  std::uint32_t block_ = 0;
  std::uint64_t postings_end_ = 0;  // One behind the term's last posting so far.
};

}  // namespace esker::index
