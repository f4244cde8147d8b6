#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace esker::tools {

// Numbers as people read and write them.

/// A number and nothing else; nothing when it is too large, or not one.
std::optional<std::uint64_t> parse_number(std::string_view text);

/// "1,234,567".
std::string with_separators(std::uint64_t number);

/// "1 event", "2,000 events"; `one` takes an s for more.
std::string counted(std::uint64_t count, std::string_view one);

/// "1.5 MiB", "12 KiB", "3 B".
std::string as_bytes_text(std::uint64_t bytes);

/// "16.0 filter bits a term": of so many bytes of filters for so many terms, at least one.
std::string filter_bits_text(std::uint64_t filter_bytes, std::uint64_t terms);

/// "15 ms", "1.2 s", "3 min 20 s".
std::string as_duration_text(std::chrono::nanoseconds duration);

}  // namespace esker::tools
