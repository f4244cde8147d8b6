#include "esker/proof.hpp"

#include <bit>
#include <span>

#include "format/tree_hasher.hpp"

namespace esker {
namespace {

/// The way from a node up to the root, one hash of the path at a time. `at_` is the number of the way's node in its level, `last_` that of
/// the level's last one.
class WayUp {
 public:
  WayUp(std::uint64_t at, std::uint64_t last) : at_(at), last_(last) {}

  [[nodiscard]] bool at_root() const { return last_ == 0; }

  /// Goes up past the next node beside the way. True: it is on the left. The way is not at the root.
  bool step() {
    const bool left = at_ % 2 == 1 || at_ == last_;
    // A level's last node that has no neighbour on its left either is its own parent: up to the level where it has one.
    if (left) skip(std::countr_zero(at_));
    skip(1);
    return left;
  }

  /// Goes up `levels`.
  void skip(int levels) {
    at_ = levels < 64 ? at_ >> levels : 0;
    last_ = levels < 64 ? last_ >> levels : 0;
  }

 private:
  std::uint64_t at_;
  std::uint64_t last_;
};

}  // namespace

bool check_inclusion(const InclusionProof& proof, const TreeHash& leaf, const Root& root) {
  if (proof.root != root.position) return false;
  if (proof.position == Position() || proof.position > proof.root) return false;
  format::TreeHasher hasher;
  WayUp way(proof.position.value() - 1, proof.root.value() - 1);
  TreeHash hash = leaf;
  for (const TreeHash& beside : proof.path) {
    if (way.at_root()) return false;
    hash = way.step() ? hasher.node(beside, hash) : hasher.node(hash, beside);
  }
  return way.at_root() && hash == root.hash;
}

bool check_consistency(const ConsistencyProof& proof, const Root& from, const Root& to) {
  if (proof.from != from.position || proof.to != to.position) return false;
  if (from.position > to.position) return false;
  format::TreeHasher hasher;
  const std::uint64_t leaves = from.position.value();
  if (leaves == 0 && from.hash != hasher.empty()) return false;
  if (from.position == to.position) return proof.path.empty() && from.hash == to.hash;
  if (leaves == 0) return proof.path.empty();

  // The way begins at the old tree's last full subtree: the first of the path, or, when it is all of the old tree, its root.
  std::span<const TreeHash> path = proof.path;
  TreeHash old_hash = from.hash;
  if (!std::has_single_bit(leaves)) {
    if (path.empty()) return false;
    old_hash = path.front();
    path = path.subspan(1);
  }
  TreeHash new_hash = old_hash;
  WayUp way(leaves - 1, to.position.value() - 1);
  way.skip(std::countr_zero(leaves));
  for (const TreeHash& beside : path) {
    if (way.at_root()) return false;
    if (way.step()) {
      old_hash = hasher.node(beside, old_hash);
      new_hash = hasher.node(beside, new_hash);
    } else {
      new_hash = hasher.node(new_hash, beside);
    }
  }
  return way.at_root() && old_hash == from.hash && new_hash == to.hash;
}

}  // namespace esker
