#include "format/tree_file.hpp"

#include <cstring>

#include "base/byte_order.hpp"
#include "esker/event.hpp"
#include "format/checksum.hpp"
#include "format/hex_number.hpp"

namespace esker::format {
namespace {

constexpr std::string_view kMagicText = "ESKERTRE";
constexpr std::uint32_t kFormatNumber = 1;

// Offsets in the header; format-spec.md, "Tree file".
constexpr std::size_t kFormat = 8;
constexpr std::size_t kHeaderChecksum = 12;
constexpr std::size_t kCheckedBegin = 16;
constexpr std::size_t kStore = 16;
constexpr std::size_t kIndex = 32;
constexpr std::size_t kLeaves = 40;
constexpr std::size_t kContentChecksum = 44;
constexpr std::size_t kReserved = 48;
constexpr std::size_t kRoot = 64;

Error damaged(std::string_view what) { return {Errc::corrupt, std::string(what)}; }

void put(std::span<std::byte> into, std::span<const TreeHash> hashes) {
  std::size_t at = 0;
  for (const TreeHash& hash : hashes) {
    std::memcpy(into.data() + at, hash.bytes().data(), TreeHash::kBytes);
    at += TreeHash::kBytes;
  }
}

TreeHash hash_at(std::span<const std::byte> bytes, std::size_t offset) {
  std::array<std::byte, TreeHash::kBytes> hash;
  std::memcpy(hash.data(), bytes.data() + offset, hash.size());
  return TreeHash(hash);
}

}  // namespace

std::string tree_file_name(std::uint64_t index) {
  return hex_number(index).append(kTreeFileSuffix);
}

std::optional<std::uint64_t> parse_tree_file_name(std::string_view name) {
  if (!name.ends_with(kTreeFileSuffix)) return std::nullopt;
  return parse_hex_number(name.substr(0, name.size() - kTreeFileSuffix.size()));
}

std::vector<std::byte> encode_tree_file(const Uuid& store, std::uint64_t index,
                                        const TreeNodes& nodes, std::uint64_t leaves) {
  TreeFileHeader header;
  header.leaves = static_cast<std::uint32_t>(leaves);
  std::vector<std::byte> bytes(header.file_bytes());
  const std::span<std::byte> out(bytes);
  put(out.subspan(kTreeFileHeaderBytes), nodes.level(kTreeGroupLevel).first(header.groups()));
  put(out.subspan(header.leaves_begin()), nodes.level(0).first(leaves));
  std::memcpy(out.data(), kMagicText.data(), kMagicText.size());
  base::store_le(out, kFormat, kFormatNumber);
  std::memcpy(out.data() + kStore, store.bytes().data(), Uuid::kBytes);
  base::store_le(out, kIndex, index);
  base::store_le(out, kLeaves, header.leaves);
  if (header.full()) {
    put(out.subspan(kRoot), nodes.level(kTreeFileLevel).first(1));
  } else {
    base::store_le(out, kContentChecksum, crc32c(out.subspan(kTreeFileHeaderBytes)));
  }
  base::store_le(out, kHeaderChecksum,
                 crc32c(out.first(kTreeFileHeaderBytes).subspan(kCheckedBegin)));
  return bytes;
}

Result<TreeFileHeader> parse_tree_file_header(
    std::span<const std::byte, kTreeFileHeaderBytes> bytes) {
  if (as_text(bytes.first(kMagicText.size())) != kMagicText) {
    return damaged("does not begin like a tree file");
  }
  const auto format = base::load_le<std::uint32_t>(bytes, kFormat);
  if (format != kFormatNumber) {
    return Error(Errc::not_supported, "is of format " + std::to_string(format) +
                                          ", of which this version knows only " +
                                          std::to_string(kFormatNumber));
  }
  if (base::load_le<std::uint32_t>(bytes, kHeaderChecksum) !=
      crc32c(bytes.subspan(kCheckedBegin))) {
    return damaged("the header's checksum does not match");
  }
  TreeFileHeader header;
  std::array<std::byte, Uuid::kBytes> store;
  std::memcpy(store.data(), bytes.data() + kStore, store.size());
  header.store = Uuid(store);
  header.index = base::load_le<std::uint64_t>(bytes, kIndex);
  header.leaves = base::load_le<std::uint32_t>(bytes, kLeaves);
  header.checksum = base::load_le<std::uint32_t>(bytes, kContentChecksum);
  header.root = hash_at(bytes, kRoot);
  const bool right_kind = header.full() ? header.checksum == 0 : header.root == TreeHash();
  if (header.store.is_nil() || header.leaves == 0 || header.leaves > kTreeFileLeaves ||
      header.index > UINT64_MAX / kTreeFileLeaves - 1 || !right_kind ||
      !base::is_zero(bytes.subspan(kReserved, kRoot - kReserved))) {
    return damaged("the header says what no header can");
  }
  return header;
}

std::vector<TreeHash> load_hashes(std::span<const std::byte> bytes) {
  std::vector<TreeHash> hashes;
  hashes.reserve(bytes.size() / TreeHash::kBytes);
  for (std::size_t at = 0; at + TreeHash::kBytes <= bytes.size(); at += TreeHash::kBytes) {
    hashes.push_back(hash_at(bytes, at));
  }
  return hashes;
}

}  // namespace esker::format
