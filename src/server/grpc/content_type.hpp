#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "esker/tags.hpp"

/// What an event's data are, as KurrentDB's clients want to be told of each. A record has no place for it: mostly the data tell, and where
/// they would tell something else than was said, the event has a tag (format-spec.md, "Content types").
namespace esker::server::kurrent {

inline constexpr std::string_view kJson = "application/json";
inline constexpr std::string_view kBytes = "application/octet-stream";

/// What data look like: JSON when they begin and end like an object or array.
[[nodiscard]] std::string_view content_type_by_looks(std::span<const std::byte> data);

/// The tag that an event of this content type has to have; nothing when its data tell. What cannot be a tag is told as bytes.
[[nodiscard]] std::optional<std::string> content_type_tag(std::string_view content_type,
                                                          std::span<const std::byte> data);

/// What an event's content type is; valid as long as its tags.
[[nodiscard]] std::string_view content_type_of(std::span<const std::byte> data, TagsView tags);

}  // namespace esker::server::kurrent
