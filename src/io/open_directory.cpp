#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>

#include "io/call_error.hpp"
#include "io/descriptor.hpp"
#include "io/directory.hpp"
#include "io/file_system.hpp"
#include "io/posix_directory.hpp"

namespace esker::io {
namespace {

constexpr Site kOpen{"io.open_directory"};
constexpr Site kMake{"io.make_directory"};
constexpr mode_t kDirectoryPermissions = 0750;

Error make_error(const std::string& what, const Site& site, int error) {
  switch (error) {
    case ENOTDIR:
      return call_error(Errc::invalid_argument, what, site,
                        "it, or something on the way to it, is not a directory");
    case ENAMETOOLONG:
      return call_error(Errc::invalid_argument, what, site, errno_text(error));
    case EROFS:
      return call_error(Errc::no_space, what, site, errno_text(error));
    default:
      return call_error(what, site, error);
  }
}

struct Opened {
  std::unique_ptr<PosixDirectory> directory;
  int descriptor = -1;  ///< Owned by `directory`.
};

Result<Opened> open_existing(const std::string& path, const Site& site) {
  int number = -1;
  do {
    number = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  } while (number < 0 && errno == EINTR);
  if (number < 0) return make_error("open directory " + path, site, errno);
  Descriptor descriptor(number);
  Opened opened{std::make_unique<PosixDirectory>(path, number), number};
  descriptor.release();
  return opened;
}

std::string parent_of(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

/// Makes the name of the directory at `path` durable.
Result<void> sync_name(const std::string& path) {
  ESKER_TRY(const Opened parent, open_existing(parent_of(path), kMake));
  return parent.directory->sync(kMake);
}

/// True when there is a directory at `path` that holds nothing.
bool is_empty_directory(const std::string& path) {
  Result<Opened> opened = open_existing(path, kMake);
  if (!opened) return false;
  const auto names = opened.assume_value().directory->list(kMake);
  return names && names.assume_value().empty();
}

bool exists(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0;
}

/// Makes `path` and the parents that are missing, top down, each durable in its parent before the next is made.
Result<void> make_directories(const std::string& path) {
  std::vector<std::string> missing;
  std::string above = path;
  while (!exists(above) && above != ".") {
    missing.push_back(above);
    above = parent_of(above);
  }
  // An empty one may be left from a call like this that was cut off before its sync. Whoever may not read the parent cannot
  // sync it, and did not make it either.
  if (is_empty_directory(above) && ::access(parent_of(above).c_str(), R_OK) == 0) {
    ESKER_TRY(sync_name(above));
  }
  for (auto next = missing.rbegin(); next != missing.rend(); ++next) {
    if (::mkdir(next->c_str(), kDirectoryPermissions) != 0 && errno != EEXIST) {
      return make_error("create directory " + *next, kMake, errno);
    }
    ESKER_TRY(sync_name(*next));
  }
  return ok();
}

}  // namespace

Result<OpenedDirectory> open_directory(const std::string& path, OpenDirectoryOptions options) {
  if (path.empty()) {
    return Error(Errc::invalid_argument, "the path of the directory is empty; name one");
  }
  // A slash at the end would make the directory its own parent. "a/../b" is left to the kernel: where `a` is a link, it is not "b".
  std::string own_path = path;
  while (own_path.size() > 1 && own_path.back() == '/') own_path.pop_back();
  if (options.create) {
    ESKER_TRY(make_directories(own_path));
  }

  ESKER_TRY(Opened opened, open_existing(own_path, kOpen));
  struct statfs status {};
  if (::fstatfs(opened.descriptor, &status) != 0) {
    return call_error(Errc::io_error, "find the file system of " + own_path, kOpen,
                      errno_text(errno));
  }
  FileSystem found = file_system_of(static_cast<std::uint32_t>(status.f_type));
  ESKER_TRY(check_file_system(own_path, found, options.allow_remote));
  return OpenedDirectory{std::move(opened.directory), found.kind, std::move(found.name)};
}

}  // namespace esker::io
