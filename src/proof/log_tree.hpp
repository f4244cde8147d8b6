#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "esker/function.hpp"
#include "esker/proof.hpp"
#include "esker/result.hpp"
#include "format/tree_hasher.hpp"
#include "format/tree_nodes.hpp"
#include "format/tree_shape.hpp"
#include "io/directory.hpp"
#include "log/copy_source.hpp"

namespace esker::proof {

/// The tree over the log of a store that nobody has open: of its tree files, and where they have nothing, of the log. Changes nothing.
///
/// The log is read once for each answer, and only where it must be: all of it when there are no tree files. Takes up to 12 MiB of memory.
class LogTree {
 public:
  /// `directory`    locked by the caller; outlives this.
  /// `on_progress`  is told how many of the answer's events have been hashed; often.
  /// Errors: those of `log::read_closed_source`.
  static Result<LogTree> open(io::Directory& directory,
                              UniqueFunction<void(std::uint64_t)> on_progress);

  /// The log's last event that would be there after it is opened; 0: none.
  [[nodiscard]] Position last() const { return source_.last; }

  // As `Store::root`, `Store::prove_inclusion` and `Store::prove_consistency`. Errors: `position_ahead`; `invalid_argument`;
  // `not_supported` (an event has been released, and no tree file has its hash), `corrupt` (the log or a tree file is damaged, and the hash
  // cannot be made otherwise), `io_error`.
  Result<Root> root(std::optional<Position> position);
  Result<InclusionProof> prove_inclusion(Position position, std::optional<Position> root);
  Result<ConsistencyProof> prove_consistency(Position from, std::optional<Position> to);

  /// The leaf's hash of the event at `position`, made from the event. Nothing when it has been released.
  /// Errors: `position_ahead`, `invalid_argument` (position 0), `corrupt`, `io_error`.
  Result<std::optional<TreeHash>> leaf(Position position);

 private:
  /// What an answer needs of the leaves of one tree file, whether there is one or not.
  struct Piece {
    std::uint64_t leaves = 0;      ///< So many from the first on.
    bool nodes_wanted = false;     ///< Otherwise its root is enough.
    std::optional<TreeHash> root;  ///< Of all leaves.
    format::TreeNodes nodes;       ///< Else those that are known.
    std::optional<Error> damaged;  ///< Why a file is not used.

    [[nodiscard]] bool done() const { return root || nodes.leaves() >= leaves; }
  };
  using Pieces = std::map<std::uint64_t, Piece>;

  LogTree(io::Directory& directory, log::CopySource source,
          UniqueFunction<void(std::uint64_t)> on_progress)
      : directory_(directory), source_(std::move(source)), on_progress_(std::move(on_progress)) {}

  Result<std::vector<TreeHash>> hashes(std::span<const format::LeafRange> ranges);
  static void want(Pieces& pieces, const format::TreeNode& node);
  Result<void> use_file(std::uint64_t index, Piece& piece);
  Result<void> hash_log(Pieces& pieces);
  Result<void> scan(std::size_t segment, Position last, log::OnRecord& on_record);
  Result<TreeHash> hash(Pieces& pieces, const format::TreeNode& node);

  io::Directory& directory_;
  log::CopySource source_;
  UniqueFunction<void(std::uint64_t)> on_progress_;
  format::TreeHasher hasher_;
};

}  // namespace esker::proof
