#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/mutex.hpp"
#include "esker/function.hpp"
#include "format/block_codec.hpp"

namespace esker::log {

/// What the compressed segments of a log share: how much memory their decoded blocks take, and the decoders.
///
/// It counts and tells; whoever owns the log's set of segments frees, by putting fresh segments in the place of old ones.
/// Threads: any.
class DecodedMemory {
 public:
  explicit DecodedMemory(std::uint64_t bytes_max) : bytes_max_(bytes_max) {}
  DecodedMemory(const DecodedMemory&) = delete;
  DecodedMemory& operator=(const DecodedMemory&) = delete;

  /// A decoder of one's own, from those that are not in use. Throws `std::bad_alloc`.
  class Decoder {
   public:
    explicit Decoder(DecodedMemory& memory) : memory_(memory), decoder_(memory.take_decoder()) {}
    ~Decoder() { memory_.give_decoder(std::move(decoder_)); }
    Decoder(const Decoder&) = delete;
    Decoder& operator=(const Decoder&) = delete;
    format::BlockDecoder& operator*() { return *decoder_; }

   private:
    DecodedMemory& memory_;
    std::unique_ptr<format::BlockDecoder> decoder_;
  };

  /// So many bytes have been decoded, or given up.
  void add(std::uint64_t bytes);
  void subtract(std::uint64_t bytes) { bytes_.fetch_sub(bytes, std::memory_order_relaxed); }

  [[nodiscard]] std::uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t bytes_max() const { return bytes_max_; }
  [[nodiscard]] bool over() const { return bytes() > bytes_max_; }

  /// Grows with each block that is decoded: by it segments know which of them was used last.
  [[nodiscard]] std::uint64_t ticks() const { return ticks_.load(std::memory_order_relaxed); }

  /// `on_over` is called, from whoever decodes, when there is more than `bytes_max`; it must only wake somebody. Empty: nobody.
  void set_on_over(UniqueFunction<void()> on_over);

 private:
  std::unique_ptr<format::BlockDecoder> take_decoder();
  void give_decoder(std::unique_ptr<format::BlockDecoder> decoder);

  const std::uint64_t bytes_max_;
  std::atomic<std::uint64_t> bytes_{0};
  std::atomic<std::uint64_t> ticks_{1};
  base::Mutex mutex_;
  UniqueFunction<void()> on_over_ ESKER_GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<format::BlockDecoder>> decoders_ ESKER_GUARDED_BY(mutex_);
};

}  // namespace esker::log
