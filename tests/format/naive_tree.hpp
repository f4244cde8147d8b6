#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "esker/proof.hpp"

namespace esker::format {

/// RFC 6962, 2.1, word for word: recursive, over leaves that are all there. What the product's trees and proofs are compared with.
class NaiveTree {
 public:
  /// `leaves` leaves that differ; those from `fork` on are others than the same of a tree that forks elsewhere.
  explicit NaiveTree(std::size_t leaves, std::size_t fork = SIZE_MAX);

  [[nodiscard]] const TreeHash& leaf(std::size_t index) const { return leaves_[index]; }
  [[nodiscard]] TreeHash hash(std::size_t begin, std::size_t end) const;

  [[nodiscard]] Root root(std::size_t leaves) const { return {Position(leaves), hash(0, leaves)}; }
  /// PATH(leaf, D[leaves]).
  [[nodiscard]] InclusionProof inclusion(std::size_t leaf, std::size_t leaves) const;
  /// PROOF(from, D[to]).
  [[nodiscard]] ConsistencyProof consistency(std::size_t from, std::size_t to) const;

 private:
  using Hashes = std::vector<TreeHash>;

  [[nodiscard]] Hashes path(std::size_t leaf, std::size_t begin, std::size_t end) const;
  [[nodiscard]] Hashes subproof(std::size_t from, std::size_t begin, std::size_t end,
                                bool whole) const;

  Hashes leaves_;
};

}  // namespace esker::format
