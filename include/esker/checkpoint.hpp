#pragma once

#include <string_view>

#include "esker/result.hpp"
#include "esker/system_streams.hpp"
#include "esker/types.hpp"

namespace esker {

/// The event that says how far the subscriber `name` has got: everything up to `position`, itself included, is done.
[[nodiscard]] SystemAppend checkpoint_append(std::string_view name, Position position);

/// What the data of an event of `$checkpoint-…` says. Errors: `invalid_argument`, telling what is wrong with it.
/// Source: format-spec.md, "Checkpoints".
Result<Position> parse_checkpoint(std::string_view json);

}  // namespace esker
