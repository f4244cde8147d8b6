#include "es_tool/commands.hpp"
#include "es_tool/copy_command.hpp"

namespace esker::tools {

Result<ExitCode> run_branch(const EsToolOptions& options, Output& output) {
  // Checking would read all of the store, and a branch is to be there at once.
  return run_copy({.title = "branch", .base = nullptr, .verify = false}, options, output);
}

}  // namespace esker::tools
