#include "es_cli/input.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

namespace esker::tools {

namespace {

constexpr std::size_t kReadBytes = 256U << 10;

Error call_error(const std::string& what, const std::string& name) {
  const int error = errno;
  return {error == ENOENT ? Errc::not_found : Errc::io_error,
          "cannot " + what + ' ' + name + ": " + std::generic_category().message(error)};
}

}  // namespace

Result<Input> Input::open(const std::string& file, const Signals& signals) {
  if (file == "-") return Input("standard input", ::dup(STDIN_FILENO), signals);
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return call_error("open", file);
  Input input(file, descriptor, signals);
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) return call_error("look at", file);
  if (S_ISDIR(status.st_mode))
    return Error(Errc::io_error, "cannot read " + file + ": it is a directory");
  if (S_ISREG(status.st_mode)) input.length_ = static_cast<std::uint64_t>(status.st_size);
  return input;
}

Input::Input(std::string name, int descriptor, const Signals& signals)
    : name_(std::move(name)), descriptor_(descriptor), signals_(&signals) {}

Input::Input(Input&& other) noexcept
    : name_(std::move(other.name_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      signals_(other.signals_),
      buffer_(std::move(other.buffer_)),
      begin_(other.begin_),
      scanned_(other.scanned_),
      line_was_ended_(other.line_was_ended_),
      bytes_read_(other.bytes_read_),
      length_(other.length_) {}

Input::~Input() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<bool> Input::fill() {
  buffer_.erase(0, begin_);
  scanned_ -= begin_;
  begin_ = 0;
  if (buffer_.size() > kLineBytesMax) {
    return Error(Errc::too_large,
                 name_ + " has a line of more than " + std::to_string(kLineBytesMax) + " bytes");
  }
  std::array<pollfd, 2> ready{pollfd{descriptor_, POLLIN, 0},
                              pollfd{signals_->descriptor(), POLLIN, 0}};
  for (;;) {
    if (::poll(ready.data(), ready.size(), -1) < 0 && errno != EINTR)
      return call_error("wait for", name_);
    if (signals_->stopped()) return false;
    if (ready[0].revents == 0) continue;
    const std::size_t size = buffer_.size();
    // A long line is read in larger and larger pieces, so that its bytes are not moved too often.
    buffer_.resize(size + std::max(kReadBytes, size));
    const ssize_t count = ::read(descriptor_, buffer_.data() + size, buffer_.size() - size);
    buffer_.resize(size + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    if (count >= 0) return count > 0;
    if (errno != EINTR && errno != EAGAIN) return call_error("read", name_);
  }
}

Result<std::optional<std::string_view>> Input::line() {
  for (;;) {
    const std::size_t end = buffer_.find('\n', scanned_);
    if (end != std::string::npos) {
      const std::string_view line = std::string_view(buffer_).substr(begin_, end - begin_);
      bytes_read_ += line.size() + 1;
      begin_ = scanned_ = end + 1;
      return line;
    }
    scanned_ = buffer_.size();
    ESKER_TRY(const bool more, fill());
    if (more) continue;
    if (signals_->stopped() || buffer_.empty()) return std::nullopt;
    line_was_ended_ = false;
    bytes_read_ += buffer_.size();
    begin_ = scanned_ = buffer_.size();
    return std::string_view(buffer_);
  }
}

Result<std::string> Input::rest() {
  for (;;) {
    ESKER_TRY(const bool more, fill());
    if (!more) break;
  }
  if (signals_->stopped()) return Error(Errc::closed, "interrupted");
  return std::move(buffer_);
}

Result<std::string> read_all(const std::string& file, const Signals& signals) {
  ESKER_TRY(Input input, Input::open(file, signals));
  return input.rest();
}

Result<std::string> read_argument(const std::string& argument, const Signals& signals) {
  if (argument == "-") return read_all("-", signals);
  if (argument.starts_with('@')) return read_all(argument.substr(1), signals);
  return std::string(argument);
}

std::string printable(std::string_view text) {
  std::string shown;
  shown.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    // U+0080..U+009F, which some terminals take as commands, too.
    const bool control_of_two =
        byte == 0xc2 && at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) < 0xa0;
    if (byte == '\n') {
      shown += "\\n";
    } else if (byte == '\t') {
      shown += "\\t";
    } else if (byte < ' ' || byte == 0x7f || control_of_two) {
      const unsigned code = control_of_two ? static_cast<unsigned char>(text[++at]) : byte;
      std::array<char, 8> escape{};
      std::snprintf(escape.data(), escape.size(), "\\x%02x", code);
      shown += escape.data();
    } else {
      shown += text[at];
    }
  }
  return shown;
}

}  // namespace esker::tools
