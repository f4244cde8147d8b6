#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "esker/result.hpp"
#include "io/file.hpp"
#include "io/reserved_memory.hpp"
#include "log/compressed_file.hpp"
#include "log/decoded_memory.hpp"

namespace esker::log {

/// A compressed segment's image in memory: an address for each of its bytes, behind which a block is decoded when it is first needed. What
/// has been decoded stays, at its address, as long as this lives.
///
///     absent → decoding (one reader has claimed the block, others wait) → decoded
///                └─ failed: absent again, so that the next reader is told, too
///
/// Threads: any.
class Image {
 public:
  /// Maps the file, which is closed again. Errors: `corrupt` (shorter than its header says), `io_error`. Throws `std::bad_alloc`.
  static Result<std::unique_ptr<Image>> open(io::File& file, const format::CompressedHeader& header,
                                             std::shared_ptr<DecodedMemory> memory);
  ~Image();
  Image(const Image&) = delete;
  Image& operator=(const Image&) = delete;

  /// Another one of the same file, with nothing decoded.
  [[nodiscard]] std::unique_ptr<Image> fresh() const;

  /// All of it; only what has been needed may be read.
  [[nodiscard]] std::span<const std::byte> bytes() const { return reserved_.bytes(); }

  /// Makes the bytes [begin, end) readable; may wait for the disk. Costs a load for each block that is decoded already.
  /// Errors: `corrupt`, `io_error`, naming the file and the offset in it.
  Result<void> need(std::uint64_t begin, std::uint64_t end) const;

  /// The same for as much of [begin, end) as can be had, from `begin` on. Returns where that ends.
  std::uint64_t need_first(std::uint64_t begin, std::uint64_t end) const;

  /// Asks for what is stored of [begin, end), without waiting for it.
  void will_read(std::uint64_t begin, std::uint64_t end) const;
  /// Whether the byte can be had without waiting for the disk, as far as is known.
  [[nodiscard]] bool in_memory(std::uint64_t offset) const;

  [[nodiscard]] const format::CompressedHeader& header() const { return file_.header(); }
  /// The memory that is taken by decoded blocks, as far as it counts.
  [[nodiscard]] std::uint64_t decoded_bytes() const {
    return decoded_bytes_.load(std::memory_order_relaxed);
  }
  /// Among the images that share a `DecodedMemory` the lowest is the one least recently used.
  [[nodiscard]] std::uint64_t last_used() const {
    return last_used_.load(std::memory_order_relaxed);
  }

  /// From now on its memory is not counted any more: it goes with the last reader.
  void retire() const;

 private:
  enum BlockState : std::uint8_t { absent, decoding, decoded };

  Image(std::string path, const format::CompressedHeader& header,
        std::shared_ptr<const io::Mapping> mapping, std::shared_ptr<DecodedMemory> memory);

  Result<void> need_block(std::uint64_t index) const;

  const std::shared_ptr<const io::Mapping> mapping_;
  const std::shared_ptr<DecodedMemory> memory_;
  const CompressedFile file_;
  const io::ReservedMemory reserved_;
  mutable std::vector<std::atomic<std::uint8_t>>
      states_;  // a block's `decoded` is released, and acquired by who needs it
  mutable std::atomic<std::uint64_t> decoded_bytes_{0};
  mutable std::atomic<std::uint64_t> last_used_{0};
  mutable std::atomic<bool> retired_{false};
};

}  // namespace esker::log
