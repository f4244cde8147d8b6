#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/signals.hpp"
#include "esker/result.hpp"

namespace esker::tools {

/// A file, or standard input when its name is `-`, line by line or as a whole. A signal ends it. Belongs to one thread.
class Input {
 public:
  /// The longest line, and the most that `rest` takes: what the largest event needs in base64.
  static constexpr std::size_t kLineBytesMax = 1536U << 20;

  /// Errors: `not_found`, `io_error`.
  static Result<Input> open(const std::string& file, const Signals& signals);

  Input(Input&& other) noexcept;
  Input& operator=(Input&&) = delete;
  ~Input();

  /// The next line without its line feed, valid until the next call; nothing at the end, or when a signal came.
  /// Errors: `io_error`; `too_large` when it is longer than `kLineBytesMax`.
  Result<std::optional<std::string_view>> line();

  /// Whether the last line that was handed out had a line feed; only the last one of a file may have none.
  [[nodiscard]] bool line_was_ended() const { return line_was_ended_; }

  /// All that is left. Errors: as `line`; `closed` when a signal came.
  Result<std::string> rest();

  /// Bytes handed out so far, and the file's length; 0 when it is none that has one.
  [[nodiscard]] std::uint64_t bytes_read() const { return bytes_read_; }
  [[nodiscard]] std::uint64_t length() const { return length_; }

 private:
  Input(std::string name, int descriptor, const Signals& signals);

  /// Reads more behind what is buffered. False at the end of the file or after a signal.
  Result<bool> fill();

  std::string name_;
  int descriptor_;
  const Signals* signals_;
  std::string buffer_;
  std::size_t begin_ = 0;    // of what has not been handed out
  std::size_t scanned_ = 0;  // no line feed before it
  bool line_was_ended_ = true;
  std::uint64_t bytes_read_ = 0;
  std::uint64_t length_ = 0;
};

/// All of a file, or of standard input for `-`. Errors: as `Input`.
Result<std::string> read_all(const std::string& file, const Signals& signals);

/// What an argument stands for: `-` for standard input, `@FILE` for a file, anything else for itself. Errors: as `Input`.
Result<std::string> read_argument(const std::string& argument, const Signals& signals);

/// `text` as it can be shown in one line of a terminal: control characters as escapes.
std::string printable(std::string_view text);

}  // namespace esker::tools
