#include "raw_disk.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <system_error>
#include <vector>

namespace esker::bench {

namespace {

constexpr std::size_t kFileBytes = 64 << 20;
constexpr std::size_t kZeroBytes = 1 << 20;
constexpr std::size_t kBlockBytes = 4096;

[[noreturn]] void fail(const char* call) {
  throw std::system_error(errno, std::generic_category(), call);
}

void write_whole(int descriptor, const std::vector<std::byte>& bytes, std::size_t offset) {
  const auto written = ::pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset));
  if (written != static_cast<ssize_t>(bytes.size())) fail("pwrite");
}

}  // namespace

RawDisk::RawDisk(const std::string& directory) : path_(directory + "/raw") {
  descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor_ < 0) fail("open");
  const std::vector<std::byte> zeros(kZeroBytes);
  for (std::size_t offset = 0; offset < kFileBytes; offset += kZeroBytes) {
    write_whole(descriptor_, zeros, offset);
  }
  if (::fsync(descriptor_) != 0) fail("fsync");
}

RawDisk::~RawDisk() {
  ::close(descriptor_);
  ::unlink(path_.c_str());
}

Measured RawDisk::write_and_sync(std::size_t bytes, std::chrono::nanoseconds time) {
  const std::vector<std::byte> block(bytes, std::byte{0x5a});
  Samples samples;
  std::uint64_t count = 0;
  std::size_t offset = 0;
  const auto begin = BenchClock::now();
  auto now = begin;
  while (now - begin < time || count == 0) {
    if (offset + bytes > kFileBytes) offset = 0;
    write_whole(descriptor_, block, offset);
    if (::fdatasync(descriptor_) != 0) fail("fdatasync");
    const auto after = BenchClock::now();
    samples.add(after - now);
    now = after;
    ++count;
    offset += (bytes + kBlockBytes - 1) / kBlockBytes * kBlockBytes;
  }
  return summarize(count, count * bytes, now - begin, samples);
}

Measured copy_memory(std::chrono::nanoseconds time) {
  constexpr std::size_t kCopyBytes = 128 << 20;  // far beyond the caches
  const std::vector<std::byte> from(kCopyBytes, std::byte{1});
  std::vector<std::byte> to(kCopyBytes);
  Samples samples;
  std::uint64_t count = 0;
  const auto begin = BenchClock::now();
  while (BenchClock::now() - begin < time || count == 0) {
    std::memcpy(to.data(), from.data(), kCopyBytes);
    asm volatile("" : : "r"(to.data()) : "memory");  // the copy is needed
    ++count;
  }
  return summarize(count, count * kCopyBytes, BenchClock::now() - begin, samples);
}

}  // namespace esker::bench
