#include "io/call_error.hpp"

#include <cerrno>
#include <system_error>

namespace esker::io {

std::string errno_text(int error) {
  // generic_category uses strerror_r under glibc, unlike strerror, which shares a buffer between threads.
  return std::generic_category().message(error);
}

Errc errc_of(int error) {
  switch (error) {
    case ENOENT:
      return Errc::not_found;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case EMFILE:
    case ENFILE:
      return Errc::no_space;
    case EBADMSG:  // a checksum of the file system's, or of a compressed segment's, does not match
      return Errc::corrupt;
    default:
      return Errc::io_error;
  }
}

Error call_error(Errc code, std::string_view what, const Site& site, std::string_view reason) {
  std::string message = "cannot ";
  message.append(what).append(" (").append(site.name).append("): ").append(reason);
  return {code, std::move(message)};
}

Error call_error(std::string_view what, const Site& site, int error) {
  std::string reason = errno_text(error);
  if (error == EBADMSG) reason = "what is stored there is damaged; run es-tool verify";
  if (error == EMFILE) reason += "; raise the process's limit (ulimit -n)";
  if (error == ENFILE) reason += "; raise the machine's limit (sysctl fs.file-max)";
  return call_error(errc_of(error), what, site, reason);
}

}  // namespace esker::io
