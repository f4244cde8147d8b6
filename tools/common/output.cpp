#include "common/output.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace esker::tools {

Result<void> Output::write_when_full() {
  if (text_.size() < kBufferBytes) return ok();
  return flush();
}

Result<void> Output::flush() {
  std::string_view rest = text_;
  while (!rest.empty() && !closed_) {
    const ssize_t count = ::write(descriptor_, rest.data(), rest.size());
    if (count >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EPIPE) {
      closed_ = true;
    } else if (errno == EAGAIN) {  // somebody who shares the terminal has made it non-blocking
      pollfd writable{descriptor_, POLLOUT, 0};
      ::poll(&writable, 1, -1);
    } else if (errno != EINTR) {
      const int error = errno;
      text_.clear();
      return Error(error == ENOSPC || error == EDQUOT ? Errc::no_space : Errc::io_error,
                   "cannot write the output: " + std::generic_category().message(error));
    }
  }
  text_.clear();
  return ok();
}

bool Output::reader_has_gone() const {
  pollfd state{descriptor_, 0, 0};
  return ::poll(&state, 1, 0) > 0 && (state.revents & POLLERR) != 0;
}

bool Output::is_terminal() const { return ::isatty(descriptor_) == 1; }

std::size_t Output::columns() const {
  winsize size{};
  return ::ioctl(descriptor_, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

}  // namespace esker::tools
