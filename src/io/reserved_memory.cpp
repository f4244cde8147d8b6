#include "io/reserved_memory.hpp"

#include <sys/mman.h>

#include <new>

namespace esker::io {

ReservedMemory::ReservedMemory(std::size_t bytes) : bytes_(bytes) {
  void* const mapped = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  data_ = static_cast<std::byte*>(mapped);
  // With transparent huge pages "always" one touched byte would take 2 MiB.
  ::madvise(mapped, bytes, MADV_NOHUGEPAGE);
}

ReservedMemory::~ReservedMemory() { ::munmap(data_, bytes_); }

}  // namespace esker::io
