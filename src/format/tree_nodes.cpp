#include "format/tree_nodes.hpp"

namespace esker::format {

void TreeNodes::push(TreeHasher& hasher, const TreeHash& leaf) {
  TreeHash hash = leaf;
  for (std::size_t level = 0;; ++level) {
    if (level == levels_.size()) levels_.emplace_back();
    std::vector<TreeHash>& hashes = levels_[level];
    hashes.push_back(hash);
    if (hashes.size() % 2 != 0) return;
    hash = hasher.node(hashes[hashes.size() - 2], hashes.back());
  }
}

}  // namespace esker::format
