#pragma once

#include <string>

#include "crash/run.hpp"

namespace esker::crash {

/// The command that does this run again, or the one crash of it that the options name.
std::string replay_command(const Workload& workload, const RunOptions& options);

}  // namespace esker::crash
