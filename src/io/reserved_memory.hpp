#pragma once

#include <cstddef>
#include <span>

namespace esker::io {

/// A part of the address space in small pages, for what is filled in bit by bit: a page takes memory from when it is first written to.
/// Unlike `LargeMemory` it never gets more than was touched, and nothing is promised in advance.
class ReservedMemory {
 public:
  /// `bytes` at least 1. Throws `std::bad_alloc`.
  explicit ReservedMemory(std::size_t bytes);
  ~ReservedMemory();
  ReservedMemory(const ReservedMemory&) = delete;
  ReservedMemory& operator=(const ReservedMemory&) = delete;

  [[nodiscard]] std::span<std::byte> bytes() const { return {data_, bytes_}; }

 private:
  std::byte* data_;
  std::size_t bytes_;
};

}  // namespace esker::io
