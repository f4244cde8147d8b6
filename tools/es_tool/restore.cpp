#include "es_tool/commands.hpp"
#include "es_tool/copy_command.hpp"

namespace esker::tools {

Result<ExitCode> run_restore(const EsToolOptions& options, Output& output) {
  return run_copy({.title = "restored", .base = nullptr, .verify = !options.no_verify}, options,
                  output);
}

}  // namespace esker::tools
