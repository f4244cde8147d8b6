#include "format/tree_nodes.hpp"

#include <doctest/doctest.h>

#include "format/naive_tree.hpp"

namespace esker::format {

TEST_SUITE("format") {
  TEST_CASE("tree nodes: the hash of each full subtree is that of the RFC") {
    constexpr std::size_t kLeaves = 77;
    const NaiveTree tree(kLeaves);
    TreeHasher hasher;
    TreeNodes nodes;
    CHECK(nodes.leaves() == 0);
    CHECK(nodes.level(0).empty());
    for (std::size_t i = 0; i < kLeaves; ++i) nodes.push(hasher, tree.leaf(i));
    CHECK(nodes.leaves() == kLeaves);
    for (unsigned level = 0; level < 8; ++level) {
      REQUIRE(nodes.level(level).size() == kLeaves >> level);
      for (std::uint64_t index = 0; index < kLeaves >> level; ++index) {
        CHECK(nodes.at({level, index}) == tree.hash(index << level, (index + 1) << level));
      }
    }
  }
}

}  // namespace esker::format
