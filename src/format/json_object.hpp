#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "esker/function.hpp"
#include "esker/result.hpp"

namespace esker::format {

/// One member of a JSON object.
struct JsonMember {
  std::string_view name;                ///< Without escapes.
  std::optional<std::uint64_t> number;  ///< When it is a whole number that fits.
  std::optional<bool> truth;            ///< When it is true or false.
  std::string text;                     ///< The value as JSON.
};

/// Calls `on_member` for each member of the JSON object `json`, in order, until it answers an error.
/// Errors: `invalid_argument`: not a JSON object (of at most 1,024 levels and numbers of 64 bits); those of `on_member`.
Result<void> for_each_member(std::string_view json,
                             UniqueFunction<Result<void>(const JsonMember&)> on_member);

/// Adds `text` as a JSON string, with its quotes.
void add_string(std::string& json, std::string_view text);

/// Adds `"name":value` to the members of the object in `json`, which begins with `{` and is not closed. `value` is JSON.
void add_member(std::string& json, std::string_view name, std::string_view value);

}  // namespace esker::format
