#pragma once

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <span>

#include "esker/proof.hpp"
#include "format/record.hpp"

namespace esker::format {

/// Hashes leaves and nodes of the tree over the log with OpenSSL's SHA-256.
///
/// Making one allocates and looks the algorithm up; hashing then does neither, so whoever hashes much keeps one. One thread at a time.
/// Source: format-spec.md, "Tree".
class TreeHasher {
 public:
  TreeHasher();

  /// SHA-256 of nothing: the hash of a tree without leaves.
  TreeHash empty();

  /// The hash of a leaf with this content, which is all of `parts` one behind the other.
  TreeHash leaf(std::initializer_list<std::span<const std::byte>> parts);

  TreeHash leaf(const EventView& event, PlaceInCommit place);

  /// The leaf of a record, which must not be a released one: what its leaf was made of is gone.
  TreeHash leaf(const RecordView& record);

  TreeHash node(const TreeHash& left, const TreeHash& right);

 private:
  struct Free {
    void operator()(void* context) const;
  };

  TreeHash hash(std::byte prefix, std::initializer_list<std::span<const std::byte>> parts);
  void begin();
  void add(std::span<const std::byte> bytes);
  TreeHash end();

  std::unique_ptr<void, Free> context_;  // an EVP_MD_CTX: OpenSSL's headers stay in the .cpp
};

}  // namespace esker::format
