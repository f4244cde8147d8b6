#include "es_server/stderr_sink.hpp"

#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include <string>
#include <string_view>

namespace esker::tools {
namespace {

/// Writes all of `text` unless that would have to wait. False: nothing of it has been written, or not its end.
bool write_without_waiting(std::string_view text) {
  while (!text.empty()) {
    // A pipe that can be written to takes so much at once.
    const std::string_view piece = text.substr(0, PIPE_BUF);
    pollfd ready{STDERR_FILENO, POLLOUT, 0};
    if (::poll(&ready, 1, 0) != 1) return false;
    const ssize_t written = ::write(STDERR_FILENO, piece.data(), piece.size());
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

void StderrSink::sink_it_(const spdlog::details::log_msg& message) {
  spdlog::memory_buf_t line;
  if (left_out_ != 0) {
    const std::string told =
        std::to_string(left_out_) + " lines were left out here: nothing read this log";
    formatter_->format({message.time, {}, message.logger_name, spdlog::level::warn, told}, line);
  }
  formatter_->format(message, line);
  if (write_without_waiting({line.data(), line.size()})) {
    left_out_ = 0;
  } else {
    ++left_out_;
  }
}

}  // namespace esker::tools
