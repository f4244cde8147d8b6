#include "format/tree_shape.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <random>

#include "format/naive_tree.hpp"

namespace esker::format {
namespace {

constexpr std::size_t kAllUpTo = 100;

/// The hashes of ranges, put together of the full subtrees that they are made of.
std::vector<TreeHash> hashes_of(const NaiveTree& tree, const std::vector<LeafRange>& ranges) {
  TreeHasher hasher;
  NodeHash node_hash = [&](const TreeNode& node) {
    return tree.hash(node.index << node.level, (node.index + 1) << node.level);
  };
  Result<std::vector<TreeHash>> hashes = hash_ranges(hasher, ranges, node_hash);
  REQUIRE(hashes);
  return std::move(hashes).assume_value();
}

/// That the ranges, sorted, cover [0, leaves) without gaps, and that each is made of full subtrees without gaps.
void check_cover(std::vector<LeafRange> ranges, std::uint64_t leaves) {
  std::ranges::sort(ranges, {}, &LeafRange::begin);
  std::uint64_t covered = 0;
  for (const LeafRange& range : ranges) {
    CHECK(range.begin == covered);
    CHECK(range.begin < range.end);
    for (const TreeNode& node : full_nodes(range)) {
      CHECK((node.index << node.level) == covered);
      covered += std::uint64_t{1} << node.level;
    }
    CHECK(range.end == covered);
  }
  CHECK(covered == leaves);
}

}  // namespace

TEST_SUITE("format") {
  TEST_CASE("tree shape: roots and paths of all trees up to 100 leaves are those of the RFC") {
    const NaiveTree tree(kAllUpTo);
    for (std::size_t leaves = 0; leaves <= kAllUpTo; ++leaves) {
      CHECK(hashes_of(tree, {{0, leaves}}).front() == tree.root(leaves).hash);
      for (std::size_t leaf = 0; leaf < leaves; ++leaf)
        CHECK(hashes_of(tree, inclusion_path(leaf, leaves)) == tree.inclusion(leaf, leaves).path);
      for (std::size_t from = 0; from <= leaves; ++from)
        CHECK(hashes_of(tree, consistency_path(from, leaves)) ==
              tree.consistency(from, leaves).path);
    }
  }

  TEST_CASE("tree shape: a large tree's paths are as short as its height and leave nothing out") {
    std::mt19937_64 random(6962);
    for (int round = 0; round < 2000; ++round) {
      const std::uint64_t leaves = (random() >> (random() % 64)) | 1;
      const std::uint64_t leaf = random() % leaves;
      std::vector<LeafRange> path = inclusion_path(leaf, leaves);
      CHECK(path.size() <= static_cast<std::size_t>(std::bit_width(leaves - 1)));
      path.push_back({leaf, leaf + 1});
      check_cover(path, leaves);

      const std::uint64_t from = 1 + random() % leaves;
      path = consistency_path(from, leaves);
      CHECK(path.size() <= static_cast<std::size_t>(std::bit_width(leaves - 1)) + 1);
      // Without the range that ends the old tree, the path is that of a subtree that begins the new one.
      if (from == leaves) {
        CHECK(path.empty());
        continue;
      }
      if (std::has_single_bit(from)) path.push_back({0, from});
      check_cover(path, leaves);
    }
  }

  TEST_CASE("tree shape: the first hash that cannot be had ends the ranges' hashes") {
    TreeHasher hasher;
    int asked = 0;
    NodeHash node_hash = [&](const TreeNode&) -> Result<TreeHash> {
      if (++asked == 2) return Error(Errc::io_error, "the disk is gone");
      return TreeHash();
    };
    const std::vector<LeafRange> ranges = {{0, 3}, {4, 5}};
    const auto hashes = hash_ranges(hasher, ranges, node_hash);
    REQUIRE_FALSE(hashes);
    CHECK(hashes.assume_error().message() == "the disk is gone");
    CHECK(asked == 2);
  }

  TEST_CASE("tree shape: the largest trees do not wrap") {
    CHECK(inclusion_path(UINT64_MAX - 1, UINT64_MAX).size() == 63);
    CHECK(inclusion_path(0, UINT64_MAX).size() == 64);
    CHECK(consistency_path(UINT64_MAX - 1, UINT64_MAX).size() == 64);
    CHECK(consistency_path(1, UINT64_MAX).size() == 64);
    CHECK(full_nodes({0, UINT64_MAX}).size() == 64);
    CHECK(full_nodes({0, 0}).empty());
  }
}

}  // namespace esker::format
