#include "io/directory.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/assert.hpp"
#include "io/call_error.hpp"

namespace esker::io {
namespace {

/// A name that stays in its directory; anything else is our own mistake.
bool is_plain_name(std::string_view name) {
  return !name.empty() && name != "." && name != ".." &&
         name.find_first_of(std::string_view("/\0", 2)) == std::string_view::npos;
}

bool creates(OpenMode mode) {
  return mode == OpenMode::create_new || mode == OpenMode::create_or_open;
}

Error open_error(const std::string& path, OpenMode mode, const Site& site, int error) {
  const std::string what = (creates(mode) ? "create " : "open ") + path;
  switch (error) {
    case ELOOP:
      return call_error(Errc::corrupt, what, site,
                        "it is a symbolic link, which is not followed; put the file itself there");
    case EISDIR:
      return call_error(Errc::corrupt, what, site, "it is a directory; move it away");
    case ENXIO:
      return call_error(Errc::corrupt, what, site, "it is not a regular file; move it away");
    case EROFS:
      return call_error(creates(mode) ? Errc::no_space : Errc::io_error, what, site,
                        errno_text(error));
    default:
      return call_error(what, site, error);
  }
}

}  // namespace

Result<std::unique_ptr<File>> Directory::open(std::string_view name, OpenMode mode,
                                              const Site& site) {
  ESKER_ASSERT_VALUES(is_plain_name(name), name);
  const std::string own_name(name);
  std::unique_ptr<File> file;
  CallResult result;
  do {
    result = openat(own_name, mode, file, site);
  } while (result.error == EINTR);
  if (result.error != 0) return open_error(path_ + "/" + own_name, mode, site, result.error);
  ESKER_ASSERT(file != nullptr);
  return file;
}

Result<void> Directory::rename(std::string_view from, std::string_view to, const Site& site) {
  ESKER_ASSERT_VALUES(is_plain_name(from), from);
  ESKER_ASSERT_VALUES(is_plain_name(to), to);
  const std::string old_name(from);
  const std::string new_name(to);
  const CallResult result = renameat(old_name, new_name, site);
  if (result.error != 0) {
    return call_error("rename " + path_ + "/" + old_name + " to " + new_name, site, result.error);
  }
  return ok();
}

Result<void> Directory::link(const Directory& source, std::string_view from, std::string_view to,
                             const Site& site) {
  ESKER_ASSERT_VALUES(is_plain_name(from), from);
  ESKER_ASSERT_VALUES(is_plain_name(to), to);
  const std::string own_from(from);
  const std::string own_to(to);
  const CallResult result = linkat(source, own_from, own_to, site);
  if (result.error == 0) return ok();
  const std::string what = "link " + source.path() + "/" + own_from + " as " + path_ + "/" + own_to;
  switch (result.error) {
    case EXDEV:
    case EPERM:
    case EMLINK:
    case EOPNOTSUPP:
      return call_error(Errc::not_supported, what, site, errno_text(result.error));
    default:
      return call_error(what, site, result.error);
  }
}

Result<void> Directory::remove(std::string_view name, const Site& site) {
  ESKER_ASSERT_VALUES(is_plain_name(name), name);
  const std::string own_name(name);
  const CallResult result = unlinkat(own_name, site);
  if (result.error == 0) return ok();
  const Errc code = result.error == ENOENT ? Errc::not_found : Errc::io_error;
  return call_error(code, "remove " + path_ + "/" + own_name, site, errno_text(result.error));
}

Result<void> Directory::sync(const Site& site) {
  const CallResult result = fsync(site);
  if (result.error != 0) return call_error("sync directory " + path_, site, result.error);
  return ok();
}

Result<std::vector<std::string>> Directory::list(const Site& site) {
  std::vector<std::string> names;
  const CallResult result = readdir(names, site);
  if (result.error != 0) return call_error("list directory " + path_, site, result.error);
  std::sort(names.begin(), names.end());
  return names;
}

Result<void> Directory::check_still_there(const Site& site) {
  const CallResult result = same_inode(site);
  const std::string what = "go on in directory " + path_;
  if (result.error == ENOENT || result.error == ENOTDIR) {
    return call_error(Errc::not_found, what, site, "it has been moved or removed while in use");
  }
  if (result.error != 0) {
    return call_error(Errc::io_error, what, site, errno_text(result.error));
  }
  if (result.value == 0) {
    return call_error(Errc::not_found, what, site,
                      "another directory has been put in its place while it was in use");
  }
  return ok();
}

}  // namespace esker::io
