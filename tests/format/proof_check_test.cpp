#include <doctest/doctest.h>

#include "esker/proof.hpp"
#include "format/naive_tree.hpp"
#include "format/tree_hasher.hpp"

namespace esker::format {
namespace {

constexpr std::size_t kAllUpTo = 100;

/// Calls `check` with the path changed in every single way: a hash of it flipped, taken out, doubled, or one put behind it.
template <class Check>
void for_each_changed_path(const std::vector<TreeHash>& path, Check check) {
  for (std::size_t i = 0; i < path.size(); ++i) {
    std::vector<TreeHash> changed = path;
    std::array<std::byte, TreeHash::kBytes> bytes = changed[i].bytes();
    bytes[i % bytes.size()] ^= std::byte{1};
    changed[i] = TreeHash(bytes);
    check(changed);
    changed = path;
    changed.erase(changed.begin() + static_cast<std::ptrdiff_t>(i));
    check(changed);
    changed = path;
    changed.insert(changed.begin() + static_cast<std::ptrdiff_t>(i), path[i]);
    check(changed);
  }
  std::vector<TreeHash> longer = path;
  longer.emplace_back();
  check(longer);
}

}  // namespace

TEST_SUITE("format") {
  TEST_CASE(
      "proof check: every inclusion in trees up to 100 leaves is proven, and of no other leaf") {
    const NaiveTree tree(kAllUpTo);
    for (std::size_t leaves = 1; leaves <= kAllUpTo; ++leaves) {
      const Root root = tree.root(leaves);
      for (std::size_t leaf = 0; leaf < leaves; ++leaf) {
        const InclusionProof proof = tree.inclusion(leaf, leaves);
        CHECK(check_inclusion(proof, proof.leaf, root));
        CHECK_FALSE(check_inclusion(proof, tree.leaf((leaf + 1) % kAllUpTo), root));
      }
    }
  }

  TEST_CASE("proof check: an inclusion proof that was changed in any way proves nothing") {
    const NaiveTree tree(kAllUpTo);
    for (const std::size_t leaves : {1U, 2U, 7U, 8U, 65U, 100U}) {
      const Root root = tree.root(leaves);
      for (std::size_t leaf = 0; leaf < leaves; ++leaf) {
        InclusionProof proof = tree.inclusion(leaf, leaves);
        for_each_changed_path(proof.path, [&](const std::vector<TreeHash>& path) {
          const InclusionProof changed{proof.position, proof.root, proof.leaf, path};
          CHECK_FALSE(check_inclusion(changed, proof.leaf, root));
        });
        CHECK_FALSE(check_inclusion(proof, proof.leaf, {root.position, TreeHash()}));
        CHECK_FALSE(check_inclusion(proof, proof.leaf, {root.position.next(), root.hash}));
        for (std::size_t position = 0; position <= leaves + 1; ++position) {
          proof.position = Position(position);
          CHECK(check_inclusion(proof, proof.leaf, root) == (position == leaf + 1));
        }
      }
    }
  }

  TEST_CASE("proof check: every tree up to 100 leaves is proven to begin with each smaller one") {
    const NaiveTree tree(kAllUpTo);
    for (std::size_t to = 0; to <= kAllUpTo; ++to)
      for (std::size_t from = 0; from <= to; ++from)
        CHECK(check_consistency(tree.consistency(from, to), tree.root(from), tree.root(to)));
  }

  TEST_CASE("proof check: a log whose past was changed is not consistent with what it was") {
    const NaiveTree tree(kAllUpTo);
    for (const std::size_t to : {2U, 7U, 64U, 100U}) {
      for (std::size_t from = 1; from <= to; ++from) {
        const NaiveTree forked(to, from - 1);
        const Root old_root = tree.root(from);
        const Root new_root = forked.root(to);
        CHECK_FALSE(check_consistency(forked.consistency(from, to), old_root, new_root));
        CHECK_FALSE(check_consistency(tree.consistency(from, to), old_root, new_root));
        CHECK(check_consistency(forked.consistency(from - 1, to), tree.root(from - 1), new_root));
      }
    }
  }

  TEST_CASE("proof check: a consistency proof that was changed in any way proves nothing") {
    const NaiveTree tree(kAllUpTo);
    for (const std::size_t to : {1U, 2U, 7U, 8U, 65U, 100U}) {
      const Root new_root = tree.root(to);
      for (std::size_t from = 0; from <= to; ++from) {
        const Root old_root = tree.root(from);
        const ConsistencyProof proof = tree.consistency(from, to);
        for_each_changed_path(proof.path, [&](const std::vector<TreeHash>& path) {
          CHECK_FALSE(check_consistency({proof.from, proof.to, path}, old_root, new_root));
        });
        CHECK_FALSE(check_consistency(proof, {old_root.position, TreeHash()}, new_root));
        CHECK_FALSE(check_consistency(proof, {old_root.position.next(), old_root.hash}, new_root));
        CHECK_FALSE(check_consistency(proof, old_root, {new_root.position.next(), new_root.hash}));
        // From an empty tree there is nothing to join, so the new root's hash is not looked at: any log begins with it.
        if (from > 0)
          CHECK_FALSE(check_consistency(proof, old_root, {new_root.position, TreeHash()}));
        if (from < to)
          CHECK_FALSE(check_consistency({proof.to, proof.from, proof.path}, new_root, old_root));
      }
    }
  }

  TEST_CASE(
      "proof check: a path that goes on beyond the root proves nothing, whatever it leads to") {
    const NaiveTree tree(8);
    TreeHasher hasher;
    const auto above = [&](const Root& root) {
      return Root{root.position, hasher.node(tree.leaf(0), root.hash)};
    };
    InclusionProof inclusion = tree.inclusion(2, 7);
    inclusion.path.push_back(tree.leaf(0));
    CHECK_FALSE(check_inclusion(inclusion, inclusion.leaf, above(tree.root(7))));
    ConsistencyProof consistency = tree.consistency(3, 7);
    consistency.path.push_back(tree.leaf(0));
    CHECK_FALSE(check_consistency(consistency, above(tree.root(3)), above(tree.root(7))));
  }

  TEST_CASE("proof check: an empty log has one root") {
    const Root other{Position(), TreeHash()};
    CHECK_FALSE(check_consistency({}, other, other));
    CHECK_FALSE(check_consistency({}, other, NaiveTree(0).root(0)));
    CHECK_FALSE(check_consistency({}, NaiveTree(0).root(0), other));
  }

  TEST_CASE("proof check: proofs between the largest positions end, whatever is in them") {
    const Position last(UINT64_MAX);
    for (const std::size_t hashes : {0U, 1U, 63U, 64U, 65U, 1000U}) {
      const std::vector<TreeHash> path(hashes);
      for (const Position position : {Position(1), Position(1ULL << 63), last}) {
        CHECK_FALSE(check_inclusion({position, last, {}, path}, TreeHash(), {last, TreeHash()}));
        const Root other{last, TreeHash({std::byte{1}})};
        CHECK_FALSE(check_consistency({position, last, path}, {position, TreeHash()}, other));
      }
    }
  }
}

}  // namespace esker::format
