#include "log/decoded_memory.hpp"

#include <utility>

namespace esker::log {
namespace {

/// Decoders that are kept for the next reader: 160 KiB each.
constexpr std::size_t kDecodersKept = 8;

}  // namespace

void DecodedMemory::add(std::uint64_t bytes) {
  ticks_.fetch_add(1, std::memory_order_relaxed);
  bytes_.fetch_add(bytes, std::memory_order_relaxed);
  if (!over()) return;
  // Under the lock, so that nobody is called who has taken the callback back. It only wakes.
  base::MutexLock lock(mutex_);
  if (on_over_) on_over_();
}

void DecodedMemory::set_on_over(UniqueFunction<void()> on_over) {
  base::MutexLock lock(mutex_);
  on_over_ = std::move(on_over);
}

std::unique_ptr<format::BlockDecoder> DecodedMemory::take_decoder() {
  {
    base::MutexLock lock(mutex_);
    if (!decoders_.empty()) {
      std::unique_ptr<format::BlockDecoder> decoder = std::move(decoders_.back());
      decoders_.pop_back();
      return decoder;
    }
    decoders_.reserve(kDecodersKept);  // giving one back must not fail
  }
  return std::make_unique<format::BlockDecoder>();
}

void DecodedMemory::give_decoder(std::unique_ptr<format::BlockDecoder> decoder) {
  base::MutexLock lock(mutex_);
  if (decoders_.size() < kDecodersKept) decoders_.push_back(std::move(decoder));
}

}  // namespace esker::log
