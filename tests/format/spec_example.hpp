#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace esker::format {

/// The bytes of the example `name` in format-spec.md: the hexadecimal block behind `<!-- example: name -->`. It must be there.
std::vector<std::byte> spec_example(std::string_view name);

/// The same of an example that is text: its lines, each with its end.
std::string spec_text(std::string_view name);

}  // namespace esker::format
