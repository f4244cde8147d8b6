#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "format/tree_hasher.hpp"
#include "format/tree_shape.hpp"

namespace esker::format {

/// The full subtrees over leaves that come one behind the other: all of their hashes, so that each can be had at once. Takes 64 bytes a
/// leaf, and one hash for each.
///
/// The leaves may be full subtrees themselves; then levels and indexes count from there. One thread at a time.
class TreeNodes {
 public:
  void push(TreeHasher& hasher, const TreeHash& leaf);

  [[nodiscard]] std::uint64_t leaves() const { return levels_.empty() ? 0 : levels_[0].size(); }

  /// The hash of a full subtree over leaves that have come.
  [[nodiscard]] const TreeHash& at(TreeNode node) const { return levels_[node.level][node.index]; }

  /// Those of a level, from left to right; none when there are not so many leaves.
  [[nodiscard]] std::span<const TreeHash> level(unsigned level) const {
    return level < levels_.size() ? std::span<const TreeHash>(levels_[level])
                                  : std::span<const TreeHash>();
  }

 private:
  std::vector<std::vector<TreeHash>> levels_;
};

}  // namespace esker::format
