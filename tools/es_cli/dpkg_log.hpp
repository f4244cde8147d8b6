#pragma once

#include <optional>
#include <string_view>

#include "common/event_line.hpp"
#include "esker/result.hpp"

namespace esker::tools {

/// A line of dpkg's log as an event of the stream `package-NAME`; nothing for lines that are about no package (`startup`, `conffile`).
///
/// `install`, `upgrade`, `configure`, `trigproc`, `disappear`, `remove` and `purge` are the types of what is done, with data such as
/// {"time":"2026-01-02T03:04:05","package":"hello","architecture":"amd64","installed_version":null,"available_version":"2.10-3"}; a new
/// status is a `status-change`, with "status" and "version" behind the architecture. The time is the log's own, the machine's local one.
/// The event has no id yet.
/// Errors: `invalid_argument`: not a line of dpkg's log.
/// Source: dpkg(1), "--log".
Result<std::optional<EventLine>> parse_dpkg_line(std::string_view line);

}  // namespace esker::tools
