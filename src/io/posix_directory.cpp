#include "io/posix_directory.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/assert.hpp"
#include "io/descriptor.hpp"
#include "io/posix_file.hpp"

namespace esker::io {
namespace {

constexpr mode_t kFilePermissions = 0640;

CallResult answer(int value) {
  return value < 0 ? CallResult{.value = 0, .error = errno}
                   : CallResult{.value = value, .error = 0};
}

int open_flags(OpenMode mode) {
  // Without O_NONBLOCK a FIFO that lies there by accident would hold the open until somebody writes to it; regular files ignore it.
  constexpr int kAlways = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  switch (mode) {
    case OpenMode::read_only:
      return kAlways | O_RDONLY;
    case OpenMode::read_write:
      return kAlways | O_RDWR;
    case OpenMode::create_new:
      return kAlways | O_RDWR | O_CREAT | O_EXCL;
    case OpenMode::create_or_open:
      return kAlways | O_RDWR | O_CREAT;
  }
  return kAlways | O_RDONLY;
}

/// 0 for a regular file; otherwise the errno by which `Directory::open` knows what it is.
int refusal(int descriptor) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) return errno;
  if (S_ISREG(status.st_mode)) return 0;
  return S_ISDIR(status.st_mode) ? EISDIR : ENXIO;
}

struct CloseDirectory {
  void operator()(DIR* stream) const { ::closedir(stream); }
};

}  // namespace

PosixDirectory::~PosixDirectory() { ::close(descriptor_); }

CallResult PosixDirectory::openat(const std::string& name, OpenMode mode,
                                  std::unique_ptr<File>& file, const Site&) {
  Descriptor descriptor(::openat(descriptor_, name.c_str(), open_flags(mode), kFilePermissions));
  if (descriptor.number() < 0) return answer(-1);
  if (const int error = refusal(descriptor.number()); error != 0) {
    return {.value = 0, .error = error};
  }
  file = std::make_unique<PosixFile>(path() + "/" + name, descriptor.number());
  descriptor.release();
  return {};
}

CallResult PosixDirectory::renameat(const std::string& from, const std::string& to, const Site&) {
  return answer(::renameat(descriptor_, from.c_str(), descriptor_, to.c_str()));
}

CallResult PosixDirectory::linkat(const Directory& source, const std::string& from,
                                  const std::string& to, const Site&) {
  const auto* const posix = dynamic_cast<const PosixDirectory*>(&source);
  ESKER_ASSERT(posix != nullptr);
  return answer(::linkat(posix->descriptor_, from.c_str(), descriptor_, to.c_str(), 0));
}

CallResult PosixDirectory::unlinkat(const std::string& name, const Site&) {
  return answer(::unlinkat(descriptor_, name.c_str(), 0));
}

CallResult PosixDirectory::fsync(const Site&) { return answer(::fsync(descriptor_)); }

CallResult PosixDirectory::readdir(std::vector<std::string>& names, const Site&) {
  // An open of its own: a duplicated descriptor would share its place in the list with every other caller.
  Descriptor own(::openat(descriptor_, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (own.number() < 0) return answer(-1);
  const std::unique_ptr<DIR, CloseDirectory> stream(::fdopendir(own.number()));
  if (stream == nullptr) return answer(-1);
  own.release();
  errno = 0;
  while (const dirent* const entry = ::readdir(stream.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
    errno = 0;
  }
  return {.value = 0, .error = errno};
}

CallResult PosixDirectory::same_inode(const Site&) {
  struct stat held {};
  struct stat found {};
  if (::fstat(descriptor_, &held) != 0 || ::stat(path().c_str(), &found) != 0) return answer(-1);
  return answer(held.st_dev == found.st_dev && held.st_ino == found.st_ino ? 1 : 0);
}

}  // namespace esker::io
