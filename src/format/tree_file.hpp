#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "esker/proof.hpp"
#include "esker/result.hpp"
#include "esker/uuid.hpp"
#include "format/tree_nodes.hpp"

namespace esker::format {

// The hashes of a range of the tree's leaves, kept in a file. Source: format-spec.md, "Tree file".

inline constexpr std::string_view kTreeFileSuffix = ".tree";
inline constexpr std::size_t kTreeFileHeaderBytes = 96;
/// A full file has 2^kTreeFileLevel leaves, and keeps the hashes of the subtrees of 2^kTreeGroupLevel, its groups.
inline constexpr unsigned kTreeFileLevel = 16;
inline constexpr unsigned kTreeGroupLevel = 8;
inline constexpr std::uint64_t kTreeFileLeaves = 1ULL << kTreeFileLevel;
inline constexpr std::uint64_t kTreeGroupLeaves = 1ULL << kTreeGroupLevel;

/// The name of the file with the leaves [index × kTreeFileLeaves, (index + 1) × kTreeFileLeaves).
std::string tree_file_name(std::uint64_t index);
/// The index in such a name; nothing when it is none.
std::optional<std::uint64_t> parse_tree_file_name(std::string_view name);

struct TreeFileHeader {
  Uuid store;
  std::uint64_t index = 0;
  std::uint32_t leaves = 0;    ///< 1 … kTreeFileLeaves.
  std::uint32_t checksum = 0;  ///< CRC-32C of what follows the header; 0 when the file is full.
  TreeHash root;               ///< Of a full file; otherwise all zero.

  [[nodiscard]] bool full() const { return leaves == kTreeFileLeaves; }
  [[nodiscard]] std::uint64_t groups() const { return leaves / kTreeGroupLeaves; }
  /// Where the leaves begin; the groups' hashes are before them.
  [[nodiscard]] std::uint64_t leaves_begin() const {
    return kTreeFileHeaderBytes + groups() * TreeHash::kBytes;
  }
  [[nodiscard]] std::uint64_t file_bytes() const {
    return leaves_begin() + std::uint64_t{leaves} * TreeHash::kBytes;
  }
};

/// The whole file with the first `leaves` of these, which are those from the file's first on.
std::vector<std::byte> encode_tree_file(const Uuid& store, std::uint64_t index,
                                        const TreeNodes& nodes, std::uint64_t leaves);

/// Errors: `corrupt` with a message that says what is wrong but names no file; `not_supported` for a later format.
Result<TreeFileHeader> parse_tree_file_header(
    std::span<const std::byte, kTreeFileHeaderBytes> bytes);

/// The hashes that `bytes` are, one behind the other.
std::vector<TreeHash> load_hashes(std::span<const std::byte> bytes);

}  // namespace esker::format
