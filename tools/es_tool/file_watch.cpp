#include "es_tool/file_watch.hpp"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>

namespace esker::tools {

FileWatch::FileWatch(const std::string& path)
    : descriptor_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
  if (descriptor_ >= 0) ::inotify_add_watch(descriptor_, path.c_str(), IN_MODIFY);
}

FileWatch::~FileWatch() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void FileWatch::wait(std::chrono::nanoseconds time) {
  pollfd state{.fd = descriptor_, .events = POLLIN, .revents = 0};
  const auto timeout = std::chrono::ceil<std::chrono::milliseconds>(time);
  if (::poll(&state, 1, static_cast<int>(timeout.count())) <= 0) return;
  std::array<char, 4096> events;
  while (::read(descriptor_, events.data(), events.size()) > 0) {
  }
}

}  // namespace esker::tools
