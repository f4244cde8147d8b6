#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace esker::tools {

/// Appends `text` to `out` as a JSON string with its quotes. What is not UTF-8 becomes U+FFFD.
void append_json_string(std::string& out, std::string_view text);

/// Whether `bytes` are UTF-8.
bool is_utf8(std::span<const std::byte> bytes);

/// Tells JSON from other bytes, fast. Keeps buffers for the next call, so it belongs to one thread at a time.
class JsonChecker {
 public:
  JsonChecker();
  JsonChecker(JsonChecker&&) noexcept;
  JsonChecker& operator=(JsonChecker&&) noexcept;
  ~JsonChecker();

  /// True when `bytes` are exactly one JSON value (RFC 8259) that can stand in a line as it is and be cut out of it again byte by byte:
  /// UTF-8, no line feed or carriage return, and no white space before or after it.
  bool is_line_value(std::span<const std::byte> bytes);

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace esker::tools
