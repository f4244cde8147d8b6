#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "esker/result.hpp"
#include "esker/types.hpp"

/// Stream metadata as KurrentDB's clients have it. It is the same JSON as ours but for deletion, which they say with `$tb`
/// (format-spec.md, "Stream metadata").
namespace esker::server::kurrent {

/// As `$tb`: the stream has been deleted.
inline constexpr std::uint64_t kAllTruncated = 9'223'372'036'854'775'807;

/// Whether such metadata say more of a deletion than clients understand.
[[nodiscard]] bool tells_of_deletion(std::string_view json);

/// Metadata for a client: instead of what they say of a deletion, that events before revision `truncated` are gone. What is no JSON object
/// stays as it is.
[[nodiscard]] std::string metadata_for_client(std::string_view json, std::uint64_t truncated);

/// Metadata of a client, for a stream that was deleted before: what is gone stays gone. Errors: `invalid_argument`: not a JSON object.
Result<std::string> metadata_behind_deletion(std::string_view json, Position deleted_before);

}  // namespace esker::server::kurrent
