#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "format/checksum.hpp"

namespace esker::format {

/// Where a block of a segment's image is, as far as packing cares.
struct BlockPosition {
  Salt salt;
  FileOffset begin;  ///< The block's.
  /// Where the first record begins that begins in the block, counted from the block's begin; anything not before its end: none does. A hint
  /// for who packs: what is not a record there is packed, too, only less well.
  std::size_t first_record = 0;
};

/// A block of which has been taken out what no compression makes smaller, and what can be computed.
struct PackedBlock {
  std::vector<std::byte> text;  ///< What is to be compressed.
  std::vector<std::byte> ids;   ///< UUIDs of 16 bytes, which look like noise.
};

/// Packs a block: records' ids and UUIDs in the text go to `ids`, checksums of whole records go altogether, numbers become differences to
/// the record before. Any bytes can be packed. Source: format-spec.md, "Packed blocks".
PackedBlock pack_block(std::span<const std::byte> image, const BlockPosition& position);

/// Makes the image again. False when the bytes are none that `pack_block` makes of an image of this length; `image` may have been
/// written to, and nothing else. Never reads past what it is given, whatever that contains.
bool unpack_block(std::span<const std::byte> text, std::span<const std::byte> ids, Salt salt,
                  FileOffset begin, std::span<std::byte> image);

/// No packed text is longer.
constexpr std::size_t packed_text_bytes_max(std::size_t image_bytes) {
  return 2 * image_bytes + 128;
}

}  // namespace esker::format
