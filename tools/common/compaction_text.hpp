#pragma once

#include <string>

#include "common/progress.hpp"
#include "esker/compaction.hpp"

namespace esker::tools {

/// What a compaction has come to, as lines for people or as one line of JSON.
std::string compaction_text(const CompactionStatus& status, bool json);

/// Draws how far it is.
void show_compaction(Progress& progress, const CompactionStatus& status);

}  // namespace esker::tools
