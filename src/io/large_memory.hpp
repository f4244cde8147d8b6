#pragma once

#include <cstddef>
#include <utility>

namespace esker::io {

/// Zeroed memory straight from the kernel, for tables that are looked up at random places: from 2 MiB on in large pages where the kernel
/// gives them (transparent huge pages "madvise" or "always"), so that a look-up does not miss the TLB too. Not for small objects.
class LargeMemory {
 public:
  LargeMemory() = default;
  /// `bytes` is rounded up to whole pages. Throws `std::bad_alloc`.
  explicit LargeMemory(std::size_t bytes);
  LargeMemory(LargeMemory&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  LargeMemory& operator=(LargeMemory&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~LargeMemory();

  [[nodiscard]] void* data() const { return data_; }
  /// What it takes of the address space; pages that were never touched take no memory.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  void* data_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace esker::io
