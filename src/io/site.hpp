#pragma once

namespace esker::io {

/// The named place of a durable call. Error messages show it; fault injection and coverage count by it.
struct Site {
  const char* name;  ///< `layer.what`, such as "log.group_sync".
};

}  // namespace esker::io
