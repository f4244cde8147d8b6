#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "esker/proof.hpp"
#include "esker/result.hpp"
#include "esker/uuid.hpp"
#include "format/tree_file.hpp"
#include "io/directory.hpp"

namespace esker::proof {

/// A tree file that is being read. What it answers has been checked: up to the root that its header has, or by its checksum.
/// One thread at a time.
class TreeFile {
 public:
  /// Opens the file of that index and reads its header. Errors: `not_found`, `corrupt` (damaged, of another store or index, not as long as
  /// its header says; the file is named), `not_supported`, `io_error`, `no_space` (descriptors).
  static Result<std::unique_ptr<TreeFile>> open(io::Directory& directory, const Uuid& store,
                                                std::uint64_t index);

  [[nodiscard]] const format::TreeFileHeader& header() const { return header_; }

  /// The hash of a full subtree in this file, which is full; `node.index` counts from the file's first leaf. Reads at most some
  /// 16 KiB. Errors: `corrupt`, `io_error`.
  Result<TreeHash> node(format::TreeHasher& hasher, format::TreeNode node);

  /// All its leaves. Errors: `corrupt`, `io_error`.
  Result<format::TreeNodes> load(format::TreeHasher& hasher);

 private:
  /// The leaves of a group.
  struct Group {
    std::uint64_t index = 0;
    format::TreeNodes nodes;
  };

  TreeFile(std::unique_ptr<io::File> file, const format::TreeFileHeader& header)
      : file_(std::move(file)), header_(header) {}

  Result<std::vector<TreeHash>> read(std::uint64_t begin, std::uint64_t hashes);
  Result<void> read_groups(format::TreeHasher& hasher);
  Result<void> read_group(format::TreeHasher& hasher, std::uint64_t index);
  [[nodiscard]] Error damaged(std::string_view what) const;

  std::unique_ptr<io::File> file_;
  format::TreeFileHeader header_;
  format::TreeNodes groups_;  // over the groups' hashes; empty until they have been read
  Group group_;               // the one that was read last
};

/// The indexes of the tree files in a directory, in order. Errors: those of `Directory::list`.
Result<std::vector<std::uint64_t>> list_tree_files(io::Directory& directory);

/// A tree file that has leaves of events behind the log's end.
struct LongTreeFile {
  std::uint64_t index = 0;
  std::uint64_t leaves = 0;  ///< How many of its leaves are not; 0: all of them are behind it.
};

/// Those of the files with these indexes that know more than a log which ends with `last`, in the same order. A damaged one of whose
/// events some are in the log is not among them. Errors: `io_error`, `no_space` (descriptors), `not_supported`.
Result<std::vector<LongTreeFile>> find_long_tree_files(io::Directory& directory, const Uuid& store,
                                                       std::span<const std::uint64_t> files,
                                                       Position last);

/// Writes such a file again with those leaves that stay, of which there are some; durable when this returns. False when it is damaged:
/// then it is as it was. Errors: `no_space`, `io_error`.
Result<bool> cut_tree_file(io::Directory& directory, const Uuid& store, const LongTreeFile& file);

/// Removes what a crash has left of files that were being made. Errors: `io_error`.
Result<void> remove_unpublished_tree_files(io::Directory& directory);

/// Makes the file of that index one with the first `leaves` of `nodes`, in the place of the one that is there; durable when this returns.
/// Errors: `no_space`, `io_error`: then the old one or the new one is there.
Result<void> write_tree_file(io::Directory& directory, const Uuid& store, std::uint64_t index,
                             const format::TreeNodes& nodes, std::uint64_t leaves);

}  // namespace esker::proof
