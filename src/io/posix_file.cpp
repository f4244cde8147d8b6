#include "io/posix_file.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/interprocess/exceptions.hpp>
#include <boost/interprocess/mapped_region.hpp>
#include <cerrno>
#include <limits>

#include "base/assert.hpp"

namespace esker::io {
namespace {

namespace interprocess = boost::interprocess;

/// What `mapped_region` wants to see of something that can be mapped.
class Descriptor {
 public:
  explicit Descriptor(int descriptor) { handle_.handle = descriptor; }
  [[nodiscard]] interprocess::mapping_handle_t get_mapping_handle() const { return handle_; }

 private:
  interprocess::mapping_handle_t handle_{};
};

/// Shared (MAP_SHARED), so that what is written to the file later is seen in it.
class PosixMapping final : public Mapping {
 public:
  PosixMapping(int descriptor, std::size_t bytes)
      : region_(Descriptor(descriptor), interprocess::read_only, 0, bytes) {
    // Otherwise the kernel reads megabytes around each page that is missing; who goes through a file in order says so.
    region_.advise(interprocess::mapped_region::advice_random);
  }

  [[nodiscard]] std::span<const std::byte> bytes() const override {
    return {static_cast<const std::byte*>(region_.get_address()), region_.get_size()};
  }

  void will_read(std::uint64_t begin, std::uint64_t end) const override {
    if (begin >= end) return;
    const std::uint64_t page = page_of(begin);
    ::madvise(address_of(page), end - page, MADV_WILLNEED);
  }

  [[nodiscard]] bool in_memory(std::uint64_t offset) const override {
    unsigned char pages = 0;
    return ::mincore(address_of(page_of(offset)), 1, &pages) != 0 || (pages & 1) != 0;
  }

 private:
  static std::uint64_t page_of(std::uint64_t offset) {
    return offset - offset % interprocess::mapped_region::get_page_size();
  }
  [[nodiscard]] void* address_of(std::uint64_t offset) const {
    return static_cast<std::byte*>(region_.get_address()) + offset;
  }

  interprocess::mapped_region region_;
};

CallResult answer(std::int64_t value) {
  return value < 0 ? CallResult{.value = 0, .error = errno}
                   : CallResult{.value = value, .error = 0};
}

}  // namespace

// An error of close says nothing about what has been synced, and the descriptor is gone in either case.
PosixFile::~PosixFile() { ::close(descriptor_); }

void PosixFile::will_read(std::uint64_t begin, std::uint64_t end) const {
  if (begin >= end) return;
  ::posix_fadvise(descriptor_, static_cast<off_t>(begin), static_cast<off_t>(end - begin),
                  POSIX_FADV_WILLNEED);
}

void PosixFile::will_sync(std::uint64_t begin, std::uint64_t end) {
  if (begin >= end) return;  // no bytes would mean all that follow
  // Without waiting, since that would take the error that the sync is to tell.
  ::sync_file_range(descriptor_, static_cast<off_t>(begin), static_cast<off_t>(end - begin),
                    SYNC_FILE_RANGE_WRITE);
}

// An offset past 2^63 becomes a negative one, which the kernel refuses with EINVAL.
CallResult PosixFile::pread(std::span<std::byte> into, std::uint64_t offset, const Site&) {
  return answer(::pread(descriptor_, into.data(), into.size(), static_cast<off_t>(offset)));
}

CallResult PosixFile::pwrite(std::span<const std::byte> bytes, std::uint64_t offset, const Site&) {
  return answer(::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset)));
}

CallResult PosixFile::fdatasync(const Site&) { return answer(::fdatasync(descriptor_)); }

CallResult PosixFile::fsync(const Site&) { return answer(::fsync(descriptor_)); }

CallResult PosixFile::fstat_size(const Site&) {
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0) return answer(-1);
  return answer(status.st_size);
}

CallResult PosixFile::fstat_links(const Site&) {
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0) return answer(-1);
  return answer(static_cast<std::int64_t>(status.st_nlink));
}

CallResult PosixFile::ficlone(const File& from, const Site&) {
  const auto* const posix = dynamic_cast<const PosixFile*>(&from);
  ESKER_ASSERT(posix != nullptr);
  return answer(::ioctl(descriptor_, FICLONE, posix->descriptor_));
}

CallResult PosixFile::ftruncate(std::uint64_t bytes, const Site&) {
  return answer(::ftruncate(descriptor_, static_cast<off_t>(bytes)));
}

CallResult PosixFile::flock_exclusive(const Site&) {
  return answer(::flock(descriptor_, LOCK_EX | LOCK_NB));
}

CallResult PosixFile::mmap(std::uint64_t bytes, std::unique_ptr<Mapping>& mapping, const Site&) {
  try {
    mapping = std::make_unique<PosixMapping>(descriptor_, bytes);
    return {};
  } catch (const interprocess::interprocess_exception& failed) {
    const int error = failed.get_native_error();
    return {.value = 0, .error = error != 0 ? error : EIO};
  }
}

}  // namespace esker::io
