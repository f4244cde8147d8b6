#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "esker/result.hpp"
#include "format/block_packing.hpp"
#include "format/compressed_segment.hpp"

namespace esker::format {

// What a compressed segment's blocks are made with. libzstd does the work.

/// Makes a dictionary of at most `bytes_max` bytes from pieces of what is to be compressed, the texts of packed blocks: `samples` holds
/// them one behind the other, `sizes` how long each is. Empty when they are too few or too alike to make one. Takes seconds for some MiB.
std::vector<std::byte> train_dictionary(std::span<const std::byte> samples,
                                        std::span<const std::size_t> sizes, std::size_t bytes_max);

/// Compresses blocks with one dictionary. One thread at a time. Throws `std::bad_alloc`.
class BlockEncoder {
 public:
  /// `dictionary`  may be empty; copied.
  /// `level`       zstd's, 1 to 19: a higher one takes longer and makes less.
  BlockEncoder(std::span<const std::byte> dictionary, int level);
  ~BlockEncoder();
  BlockEncoder(const BlockEncoder&) = delete;
  BlockEncoder& operator=(const BlockEncoder&) = delete;

  /// Appends the block's stored bytes to `out`; `image` is 1 to `kBlockBytesMax` bytes. Packed, unless that makes no fewer.
  BlockEntry encode(std::span<const std::byte> image, const BlockPosition& position,
                    std::vector<std::byte>& out);

 private:
  struct Zstd;
  std::unique_ptr<Zstd> zstd_;
};

/// A dictionary that is ready for decoding. Any thread. Throws `std::bad_alloc`.
class BlockDictionary {
 public:
  /// `dictionary`  may be empty; copied.
  explicit BlockDictionary(std::span<const std::byte> dictionary);
  ~BlockDictionary();
  BlockDictionary(const BlockDictionary&) = delete;
  BlockDictionary& operator=(const BlockDictionary&) = delete;

 private:
  friend class BlockDecoder;
  struct Zstd;
  std::unique_ptr<Zstd> zstd_;
};

/// Decodes blocks, of any dictionary. One thread at a time; about 160 KiB, and twice a block. Throws `std::bad_alloc`.
class BlockDecoder {
 public:
  BlockDecoder();
  ~BlockDecoder();
  BlockDecoder(const BlockDecoder&) = delete;
  BlockDecoder& operator=(const BlockDecoder&) = delete;

  /// Checks the stored bytes and makes the image's of them, which are as many as `image` has room for. The block begins at `begin` of the
  /// image, in a segment of this salt.
  /// Errors: `corrupt` (checksum, not decodable, another length), naming no file; `image` may have been written to.
  Result<void> decode(const BlockEntry& entry, std::span<const std::byte> stored,
                      const BlockDictionary& dictionary, Salt salt, FileOffset begin,
                      std::span<std::byte> image);

 private:
  bool decode_packed(std::span<const std::byte> stored, const BlockDictionary& dictionary,
                     Salt salt, FileOffset begin, std::span<std::byte> image);

  struct Zstd;
  std::unique_ptr<Zstd> zstd_;
  std::vector<std::byte> text_;  // of the packed block being decoded
};

}  // namespace esker::format
