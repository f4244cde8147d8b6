#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "esker/function.hpp"
#include "esker/result.hpp"

#include "format/tree_hasher.hpp"

namespace esker::format {

/// Leaves [begin, end) of the log's tree: leaf i is the event at position i + 1.
struct LeafRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;

  friend bool operator==(const LeafRange&, const LeafRange&) = default;
};

/// A subtree that is full, and that no later event changes: over the leaves [index × 2^level, (index + 1) × 2^level).
struct TreeNode {
  unsigned level = 0;
  std::uint64_t index = 0;

  friend bool operator==(const TreeNode&, const TreeNode&) = default;
};

/// Over which leaves the hashes of an inclusion proof's path are, from the leaf up. `leaf` is less than `leaves`.
/// Source: RFC 6962, 2.1.1.
std::vector<LeafRange> inclusion_path(std::uint64_t leaf, std::uint64_t leaves);

/// The same for a consistency proof from a tree of `from` leaves to one of `to`, which is not less. None for a tree of no leaves, of which
/// the RFC does not speak: every log begins with it. Source: RFC 6962, 2.1.2.
std::vector<LeafRange> consistency_path(std::uint64_t from, std::uint64_t to);

/// The full subtrees that `range` is made of, from left to right: at most 64, each smaller than the one before. `range` is one of a path or
/// [0, leaves), so that its begin is a multiple of the smallest power of 2 that is not less than its length.
std::vector<TreeNode> full_nodes(LeafRange range);

/// Answers the hash of a full subtree. Errors: its own.
using NodeHash = UniqueFunction<Result<TreeHash>(const TreeNode&)>;

/// The hash of each range, made of those of its full subtrees; of an empty one, that of an empty tree. The ranges are as for `full_nodes`.
/// Errors: those of `node_hash`, the first of them.
Result<std::vector<TreeHash>> hash_ranges(TreeHasher& hasher, std::span<const LeafRange> ranges,
                                          NodeHash& node_hash);

}  // namespace esker::format
