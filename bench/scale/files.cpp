#include "scale/files.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "scale/history.hpp"

namespace esker::bench {

namespace {

constexpr std::uint64_t kPageBytes = 4096;

[[noreturn]] void fail(const char* call) {
  throw std::system_error(errno, std::generic_category(), call);
}

int open_to_read(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) fail("open");
  return descriptor;
}

std::vector<std::filesystem::path> files(const std::string& directory) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.is_regular_file() && entry.file_size() > 0) paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  return paths;
}

/// How many of a file's pages are in memory.
std::uint64_t resident_pages(int descriptor, std::uint64_t bytes) {
  void* const mapped = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, descriptor, 0);
  if (mapped == MAP_FAILED) fail("mmap");
  std::vector<unsigned char> resident((bytes + kPageBytes - 1) / kPageBytes);
  const int answer = ::mincore(mapped, bytes, resident.data());
  ::munmap(mapped, bytes);
  if (answer != 0) fail("mincore");
  return static_cast<std::uint64_t>(
      std::ranges::count_if(resident, [](unsigned char page) { return (page & 1) != 0; }));
}

}  // namespace

double drop_page_cache(const std::string& directory) {
  std::uint64_t pages = 0;
  std::uint64_t stayed = 0;
  for (const auto& path : files(directory)) {
    const std::uint64_t bytes = std::filesystem::file_size(path);
    const int descriptor = open_to_read(path);
    if (::fsync(descriptor) != 0) fail("fsync");  // only clean pages can be dropped
    const int error = ::posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED);
    if (error != 0) throw std::system_error(error, std::generic_category(), "posix_fadvise");
    pages += (bytes + kPageBytes - 1) / kPageBytes;
    stayed += resident_pages(descriptor, bytes);
    ::close(descriptor);
  }
  return pages == 0 ? 0 : static_cast<double>(stayed) / static_cast<double>(pages);
}

std::uint64_t bytes_from_disk() {
  std::ifstream use("/proc/self/io");
  for (std::string line; std::getline(use, line);) {
    if (line.starts_with("read_bytes:")) return std::stoull(line.substr(line.find(':') + 1));
  }
  return 0;
}

void remove_runs(const std::string& directory) {
  for (const auto& path : files(directory)) {
    if (path.extension() == ".run") std::filesystem::remove(path);
  }
}

PageReads::PageReads(const std::string& directory) {
  for (const auto& path : files(directory)) {
    if (path.extension() != ".segment") continue;
    const Segment segment{open_to_read(path), std::filesystem::file_size(path) / kPageBytes};
    // The page that was asked for and no others, or what is measured is how far the kernel reads ahead.
    ::posix_fadvise(segment.descriptor, 0, 0, POSIX_FADV_RANDOM);
    segments_.push_back(segment);
    pages_ += segment.pages;
  }
}

PageReads::~PageReads() {
  for (const Segment& segment : segments_) ::close(segment.descriptor);
}

void PageReads::read(std::uint64_t count, std::uint64_t seed, Samples& samples) const {
  std::array<std::byte, kPageBytes> page{};
  for (std::uint64_t number = 0; number < count; ++number) {
    std::uint64_t at = scatter(seed * count + number + 1) % pages_;
    auto segment = segments_.begin();
    while (at >= segment->pages) at -= (segment++)->pages;
    const auto before = BenchClock::now();
    const auto read =
        ::pread(segment->descriptor, page.data(), page.size(), static_cast<off_t>(at * kPageBytes));
    samples.add(BenchClock::now() - before);
    if (read != static_cast<ssize_t>(page.size())) fail("pread");
  }
}

}  // namespace esker::bench
