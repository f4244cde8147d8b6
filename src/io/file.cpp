#include "io/file.hpp"

#include <cerrno>
#include <string_view>
#include <utility>

#include "base/assert.hpp"
#include "io/call_error.hpp"

namespace esker::io {
namespace {

/// "write 64 bytes at offset 4096 of /data/1.segment".
std::string range_text(std::string_view verb, std::size_t bytes, FileOffset offset,
                       const std::string& name) {
  std::string text(verb);
  text.append(" ").append(std::to_string(bytes)).append(" bytes at offset ");
  text.append(std::to_string(offset.value())).append(" of ").append(name);
  return text;
}

}  // namespace

Result<void> File::read_at(FileOffset offset, std::span<std::byte> into, const Site& site) {
  std::size_t done = 0;
  while (done < into.size()) {
    const CallResult result = pread(into.subspan(done), offset.value() + done, site);
    if (result.error == EINTR) continue;
    if (result.error != 0) {
      return call_error(range_text("read", into.size(), offset, name_), site, result.error);
    }
    if (result.value == 0) {
      return call_error(Errc::corrupt, range_text("read", into.size(), offset, name_), site,
                        "the file is cut short, only " + std::to_string(done) +
                            " of them are there; run es-tool verify");
    }
    ESKER_ASSERT_VALUES(result.value > 0, result.value);
    done += static_cast<std::size_t>(result.value);
    ESKER_ASSERT_VALUES(done <= into.size(), done, into.size());
  }
  return ok();
}

Result<void> File::write_at(FileOffset offset, std::span<const std::byte> bytes, const Site& site) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const CallResult result = pwrite(bytes.subspan(done), offset.value() + done, site);
    if (result.error == EINTR) continue;
    if (result.error != 0) {
      return call_error(range_text("write", bytes.size(), offset, name_), site, result.error);
    }
    // Asking again could go on for ever: a device that takes nothing and does not say why has failed.
    if (result.value == 0) {
      return call_error(Errc::io_error, range_text("write", bytes.size(), offset, name_), site,
                        "the system takes no more after " + std::to_string(done) + " bytes");
    }
    ESKER_ASSERT_VALUES(result.value > 0, result.value);
    done += static_cast<std::size_t>(result.value);
    ESKER_ASSERT_VALUES(done <= bytes.size(), done, bytes.size());
  }
  return ok();
}

Result<void> File::sync_data(const Site& site) {
  const CallResult result = fdatasync(site);
  if (result.error != 0) return call_error("sync " + name_, site, result.error);
  return ok();
}

Result<void> File::sync_all(const Site& site) {
  const CallResult result = fsync(site);
  if (result.error != 0) return call_error("sync " + name_, site, result.error);
  return ok();
}

Result<std::uint64_t> File::size(const Site& site) {
  const CallResult result = fstat_size(site);
  if (result.error != 0) {
    return call_error(Errc::io_error, "get the size of " + name_, site, errno_text(result.error));
  }
  ESKER_ASSERT_VALUES(result.value >= 0, result.value);
  return static_cast<std::uint64_t>(result.value);
}

Result<std::uint64_t> File::links(const Site& site) {
  const CallResult result = fstat_links(site);
  if (result.error != 0) {
    return call_error(Errc::io_error, "count the names of " + name_, site,
                      errno_text(result.error));
  }
  return static_cast<std::uint64_t>(result.value);
}

Result<void> File::share_blocks(const File& from, const Site& site) {
  const CallResult result = ficlone(from, site);
  if (result.error == 0) return ok();
  const std::string what = "share the blocks of " + from.name() + " with " + name_;
  switch (result.error) {
    case EOPNOTSUPP:
    case ENOTTY:
    case EXDEV:
    case EINVAL:
    case EPERM:
      return call_error(Errc::not_supported, what, site, errno_text(result.error));
    default:
      return call_error(what, site, result.error);
  }
}

Result<void> File::resize(std::uint64_t bytes, const Site& site) {
  CallResult result;
  do {
    result = ftruncate(bytes, site);
  } while (result.error == EINTR);
  if (result.error != 0) {
    return call_error("resize " + name_ + " to " + std::to_string(bytes) + " bytes", site,
                      result.error);
  }
  return ok();
}

Result<std::unique_ptr<Mapping>> File::map(std::uint64_t bytes, const Site& site) {
  ESKER_ASSERT(bytes > 0);
  const std::string what = "map " + std::to_string(bytes) + " bytes of " + name_;
  // A mapping beyond the end succeeds and is a SIGBUS on the first touch, so the length is looked at first.
  ESKER_TRY(const std::uint64_t size_now, size(site));
  if (size_now < bytes) {
    return call_error(
        Errc::corrupt, what, site,
        "the file is cut short, it has only " + std::to_string(size_now) + "; run es-tool verify");
  }
  std::unique_ptr<Mapping> mapping;
  const CallResult result = mmap(bytes, mapping, site);
  if (result.error != 0) return call_error(Errc::io_error, what, site, errno_text(result.error));
  ESKER_ASSERT(mapping != nullptr);
  return mapping;
}

Result<bool> File::try_lock(const Site& site) {
  CallResult result;
  do {
    result = flock_exclusive(site);
  } while (result.error == EINTR);
  if (result.error == EWOULDBLOCK) return false;
  if (result.error != 0) {
    return call_error(Errc::io_error, "lock " + name_, site, errno_text(result.error));
  }
  return true;
}

}  // namespace esker::io
