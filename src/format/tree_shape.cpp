#include "format/tree_shape.hpp"

#include <algorithm>
#include <bit>

#include "base/assert.hpp"

namespace esker::format {
namespace {

/// Where a tree of at least 2 leaves is split: at the largest power of 2 that is less than its leaves.
std::uint64_t split(const LeafRange& range) {
  ESKER_ASSERT(range.end - range.begin >= 2);
  return range.begin + std::bit_floor(range.end - range.begin - 1);
}

/// The hash of a range whose full subtrees hash to `nodes`, from left to right.
TreeHash join_nodes(TreeHasher& hasher, std::span<const TreeHash> nodes) {
  if (nodes.empty()) return hasher.empty();
  TreeHash joined = nodes.back();
  for (std::size_t left = nodes.size() - 1; left-- > 0;) joined = hasher.node(nodes[left], joined);
  return joined;
}

}  // namespace

std::vector<LeafRange> inclusion_path(std::uint64_t leaf, std::uint64_t leaves) {
  ESKER_ASSERT(leaf < leaves);
  std::vector<LeafRange> path;
  LeafRange at{0, leaves};
  while (at.end - at.begin > 1) {
    const std::uint64_t middle = split(at);
    LeafRange beside{middle, at.end};
    if (leaf < middle) {
      at.end = middle;
    } else {
      beside = {at.begin, middle};
      at.begin = middle;
    }
    path.push_back(beside);
  }
  std::ranges::reverse(path);  // it was found from the root down
  return path;
}

std::vector<LeafRange> consistency_path(std::uint64_t from, std::uint64_t to) {
  ESKER_ASSERT(from <= to);
  std::vector<LeafRange> path;
  if (from == 0) return path;
  LeafRange at{0, to};
  while (at.end != from) {
    const std::uint64_t middle = split(at);
    LeafRange beside{middle, at.end};
    if (from <= middle) {
      at.end = middle;
    } else {
      beside = {at.begin, middle};
      at.begin = middle;
    }
    path.push_back(beside);
  }
  // What is left of the old tree; who checks has it already when it is all of it.
  if (at.begin != 0) path.push_back(at);
  std::ranges::reverse(path);
  return path;
}

std::vector<TreeNode> full_nodes(LeafRange range) {
  std::vector<TreeNode> nodes;
  while (range.begin != range.end) {
    const std::uint64_t leaves = std::bit_floor(range.end - range.begin);
    ESKER_ASSERT(range.begin % leaves == 0);
    const auto level = static_cast<unsigned>(std::countr_zero(leaves));
    nodes.push_back({level, range.begin >> level});
    range.begin += leaves;
  }
  return nodes;
}

Result<std::vector<TreeHash>> hash_ranges(TreeHasher& hasher, std::span<const LeafRange> ranges,
                                          NodeHash& node_hash) {
  std::vector<TreeHash> hashes;
  for (const LeafRange& range : ranges) {
    std::vector<TreeHash> nodes;
    for (const TreeNode& node : full_nodes(range)) {
      ESKER_TRY(const TreeHash hash, node_hash(node));
      nodes.push_back(hash);
    }
    hashes.push_back(join_nodes(hasher, nodes));
  }
  return hashes;
}

}  // namespace esker::format
