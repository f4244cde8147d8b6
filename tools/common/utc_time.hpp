#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "esker/types.hpp"

namespace esker::tools {

/// "2026-01-02T03:04:05.000000006Z": RFC 3339 in UTC, always with nanoseconds, so that texts sort as times do.
std::string to_rfc3339(Timestamp time);

/// "2026-01-02 03:04:05.000": the same in UTC to the millisecond, for people.
std::string to_readable(Timestamp time);

/// The time that `text` tells in UTC: a date "2026-01-31", or with a time of day "2026-01-31T12:30", ":05" and ".000000006" at will, and
/// a "Z" at the end or not. Nothing when it is none between 1970 and 2554.
std::optional<Timestamp> parse_utc_time(std::string_view text);

}  // namespace esker::tools
