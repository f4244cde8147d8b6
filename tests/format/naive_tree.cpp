#include "format/naive_tree.hpp"

#include "format/tree_hasher.hpp"

namespace esker::format {
namespace {

std::size_t split(std::size_t leaves) {
  std::size_t power = 1;
  while (power * 2 < leaves) power *= 2;
  return power;
}

}  // namespace

NaiveTree::NaiveTree(std::size_t leaves, std::size_t fork) {
  for (std::size_t i = 0; i < leaves; ++i) {
    const std::string content = std::to_string(i) + (i < fork ? "" : " forked");
    leaves_.push_back(TreeHasher().leaf({as_bytes(content)}));
  }
}

TreeHash NaiveTree::hash(std::size_t begin, std::size_t end) const {
  if (begin == end) return TreeHasher().empty();
  if (end - begin == 1) return leaves_[begin];
  const std::size_t middle = begin + split(end - begin);
  return TreeHasher().node(hash(begin, middle), hash(middle, end));
}

InclusionProof NaiveTree::inclusion(std::size_t leaf, std::size_t leaves) const {
  return {Position(leaf + 1), Position(leaves), leaves_[leaf], path(leaf, 0, leaves)};
}

ConsistencyProof NaiveTree::consistency(std::size_t from, std::size_t to) const {
  // The RFC has no proof from an empty tree; the specification says that it is empty.
  return {Position(from), Position(to), from == 0 ? Hashes() : subproof(from, 0, to, true)};
}

NaiveTree::Hashes NaiveTree::path(std::size_t leaf, std::size_t begin, std::size_t end) const {
  if (end - begin == 1) return {};
  const std::size_t middle = begin + split(end - begin);
  const bool on_left = leaf < middle;
  Hashes hashes = on_left ? path(leaf, begin, middle) : path(leaf, middle, end);
  hashes.push_back(on_left ? hash(middle, end) : hash(begin, middle));
  return hashes;
}

NaiveTree::Hashes NaiveTree::subproof(std::size_t from, std::size_t begin, std::size_t end,
                                      bool whole) const {
  if (from == end) return whole ? Hashes() : Hashes{hash(begin, end)};
  const std::size_t middle = begin + split(end - begin);
  const bool on_left = from <= middle;
  Hashes hashes =
      on_left ? subproof(from, begin, middle, whole) : subproof(from, middle, end, false);
  hashes.push_back(on_left ? hash(middle, end) : hash(begin, middle));
  return hashes;
}

}  // namespace esker::format
