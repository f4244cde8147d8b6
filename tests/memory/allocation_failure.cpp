#include "memory/allocation_failure.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<bool> counting = false;
std::atomic<std::uint64_t> allocations = 0;
std::atomic<std::uint64_t> fail_begin = 0;
std::atomic<std::uint64_t> fail_end = 0;

bool fails() {
  if (!counting.load(std::memory_order_relaxed)) return false;
  const std::uint64_t number = allocations.fetch_add(1) + 1;
  return number >= fail_begin && number < fail_end;
}

void* allocate(std::size_t bytes) { return fails() ? nullptr : std::malloc(bytes > 0 ? bytes : 1); }

void* allocate(std::size_t bytes, std::align_val_t alignment) {
  if (fails()) return nullptr;
  const auto align = static_cast<std::size_t>(alignment);
  return std::aligned_alloc(align, (bytes + align) / align * align);  // never 0 bytes
}

void* or_throw(void* memory) {
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

// The other forms call these.
void* operator new(std::size_t bytes) { return or_throw(allocate(bytes)); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return or_throw(allocate(bytes, alignment));
}
void* operator new(std::size_t bytes, const std::nothrow_t& /*tag*/) noexcept {
  return allocate(bytes);
}
void* operator new(std::size_t bytes, std::align_val_t alignment,
                   const std::nothrow_t& /*tag*/) noexcept {
  return allocate(bytes, alignment);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t /*bytes*/) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t /*alignment*/) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t /*bytes*/, std::align_val_t /*alignment*/) noexcept {
  std::free(memory);
}

namespace esker::tests {

AllocationFailure::AllocationFailure(std::uint64_t first, std::uint64_t count) {
  allocations = 0;
  fail_begin = first;
  fail_end = first + count;
  counting = true;
}

AllocationFailure::~AllocationFailure() { counting = false; }

std::uint64_t AllocationFailure::made() const { return allocations; }

}  // namespace esker::tests
