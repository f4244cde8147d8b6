#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "esker/result.hpp"

namespace esker::tools {

/// Standard output with a buffer of its own. Belongs to one thread.
///
/// When its reader has closed it (`es-cli read … | head`), what is written goes nowhere and `closed()` says so: that is no error, the
/// reader has what it wanted. SIGPIPE must be ignored (see `Signals`).
class Output {
 public:
  static constexpr std::size_t kBufferBytes = 256U << 10;

  explicit Output(int descriptor = 1) : descriptor_(descriptor) {}
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  /// Where to put text before `write_when_full` or `flush`.
  std::string& text() { return text_; }

  /// Writes out when there is much in `text`. Errors: `io_error`, `no_space`.
  Result<void> write_when_full();

  /// Writes out all of `text`. Errors: `io_error`, `no_space`.
  Result<void> flush();

  [[nodiscard]] bool closed() const { return closed_; }
  /// Asks the system whether the reader has closed it, for who has nothing to write and waits.
  [[nodiscard]] bool reader_has_gone() const;

  /// Whether it is a terminal.
  [[nodiscard]] bool is_terminal() const;
  /// The terminal's width; 0 when it is none or does not tell.
  [[nodiscard]] std::size_t columns() const;

 private:
  const int descriptor_;
  std::string text_;
  bool closed_ = false;
};

}  // namespace esker::tools
