#pragma once

#include <string>

#include "esker/types.hpp"

namespace esker::tools {

/// "2026-01-02T03:04:05.000000006Z": RFC 3339 in UTC, always with nanoseconds, so that texts sort as times do.
std::string to_rfc3339(Timestamp time);

/// "2026-01-02 03:04:05.000": the same in UTC to the millisecond, for people.
std::string to_readable(Timestamp time);

}  // namespace esker::tools
