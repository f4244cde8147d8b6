#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "esker/result.hpp"
#include "format/segment.hpp"

namespace esker::format {

// A sealed segment's file, its *image*, cut into blocks that are compressed one by one. Source: format-spec.md, "Compressed segment".

inline constexpr std::uint32_t kCompressedFormat = 1;
inline constexpr std::size_t kCompressedHeaderBytes = 512 + kSegmentHeaderBytes;
inline constexpr std::size_t kBlockEntryBytes = 8;
inline constexpr std::uint32_t kBlockBytesMin = 4 << 10;
inline constexpr std::uint32_t kBlockBytesMax = 1 << 20;
inline constexpr std::uint32_t kDictionaryBytesMax = 1 << 20;

/// The first 4608 bytes of a compressed segment's file.
struct CompressedHeader {
  std::uint32_t block_bytes = 0;       ///< Of the image in each block but the last: a power of 2.
  std::uint32_t dictionary_bytes = 0;  ///< 0: the blocks need none.
  std::uint32_t dictionary_checksum = 0;
  std::uint32_t table_checksum = 0;
  std::uint64_t file_bytes = 0;  ///< The compressed file's length.
  SegmentHeader segment;         ///< The image's; its `file_bytes` is the image's length.
  SegmentFooter footer;          ///< The image's.

  [[nodiscard]] std::uint64_t image_bytes() const { return segment.file_bytes; }
  [[nodiscard]] std::uint64_t blocks() const {
    return (image_bytes() + block_bytes - 1) / block_bytes;
  }
  /// How much of the image block `index` stands for.
  [[nodiscard]] std::uint32_t bytes_of_block(std::uint64_t index) const {
    const std::uint64_t begin = index * block_bytes;
    const std::uint64_t left = image_bytes() - begin;
    return left < block_bytes ? static_cast<std::uint32_t>(left) : block_bytes;
  }
  [[nodiscard]] std::uint64_t table_begin() const {
    return kCompressedHeaderBytes + dictionary_bytes;
  }
  [[nodiscard]] std::uint64_t blocks_begin() const {
    return table_begin() + blocks() * kBlockEntryBytes;
  }
};

/// Whether a file begins like a compressed segment; `bytes` may be any.
bool is_compressed_segment(std::span<const std::byte> bytes);

std::array<std::byte, kCompressedHeaderBytes> encode_compressed_header(
    const CompressedHeader& header);

/// Errors: `corrupt` with a message that says what is wrong but names no file; `not_supported` for a later format.
Result<CompressedHeader> parse_compressed_header(
    std::span<const std::byte, kCompressedHeaderBytes> bytes);

/// How a block is stored.
enum class BlockKind : std::uint8_t {
  packed = 0,  ///< Ids as they are, and one zstd frame of what packing has left.
  plain = 1,   ///< The bytes themselves, which compression does not make fewer.
  zeros = 2,   ///< Nothing: the bytes are all zero.
};

/// A block's entry in the block table.
struct BlockEntry {
  BlockKind kind = BlockKind::zeros;
  std::uint32_t stored_bytes = 0;
  std::uint32_t checksum = 0;  ///< CRC-32C of the stored bytes.
};

/// The block table of a compressed segment.
std::vector<std::byte> encode_block_table(std::span<const BlockEntry> entries);

/// A block as readers look for it.
struct BlockPlace {
  std::uint64_t begin = 0;  ///< Its offset in the file.
  BlockEntry entry;
};

/// Errors: `corrupt`: the checksum differs, an entry says what none can, or the blocks do not fill the file.
/// `bytes`  the table as `header` gives its place.
Result<std::vector<BlockPlace>> parse_block_table(std::span<const std::byte> bytes,
                                                  const CompressedHeader& header);

}  // namespace esker::format
