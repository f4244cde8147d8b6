#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace esker::format {

/// A number as file names have it: 16 hexadecimal digits in lower case, so that names sort as numbers do.
std::string hex_number(std::uint64_t number);

/// Reads it; nothing when `digits` is not that.
std::optional<std::uint64_t> parse_hex_number(std::string_view digits);

}  // namespace esker::format
