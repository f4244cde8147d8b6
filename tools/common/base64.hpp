#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace esker::tools {

/// Appends `bytes` to `out` in base64 (RFC 4648, section 4, with padding).
void append_base64(std::string& out, std::span<const std::byte> bytes);

/// The bytes that `text` stands for; nothing when it is not base64 with padding, in the one form that `append_base64` writes.
std::optional<std::string> parse_base64(std::string_view text);

}  // namespace esker::tools
