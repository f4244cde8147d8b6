#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "esker/options.hpp"

namespace esker::tools {

/// "sync", "interval:100" (milliseconds), "none".
std::string to_text(Durability durability);

/// Reads that form back; nothing when `text` is not it. An interval is at least 1 ms.
std::optional<Durability> parse_durability(std::string_view text);

}  // namespace esker::tools
