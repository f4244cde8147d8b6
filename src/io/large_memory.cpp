#include "io/large_memory.hpp"

#include <sys/mman.h>

#include <bit>
#include <cstdint>
#include <new>

namespace esker::io {
namespace {

constexpr std::size_t kSmallPage = 4096;
constexpr std::size_t kLargePage = 2 << 20;

std::size_t round_up(std::size_t bytes, std::size_t unit) {
  return (bytes + unit - 1) / unit * unit;
}

std::byte* map(std::size_t bytes) {
  void* const mapped =
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  return static_cast<std::byte*>(mapped);
}

void unmap(std::byte* begin, std::size_t bytes) {
  if (bytes != 0) ::munmap(begin, bytes);
}

}  // namespace

LargeMemory::LargeMemory(std::size_t bytes) {
  if (bytes < kLargePage) {
    bytes_ = round_up(bytes, kSmallPage);
    data_ = map(bytes_);
    return;
  }
  // A large page begins at a multiple of its size: more is mapped than needed, and what is too much at either end given back.
  bytes_ = round_up(bytes, kLargePage);
  std::byte* const mapped = map(bytes_ + kLargePage);
  const auto address = std::bit_cast<std::uintptr_t>(mapped);
  const std::size_t before = round_up(address, kLargePage) - address;
  unmap(mapped, before);
  unmap(mapped + before + bytes_, kLargePage - before);
  data_ = mapped + before;
  ::madvise(data_, bytes_, MADV_HUGEPAGE);  // without them it is slower, not wrong
}

LargeMemory::~LargeMemory() { unmap(static_cast<std::byte*>(data_), bytes_); }

}  // namespace esker::io
