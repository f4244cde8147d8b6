#include "es_tool/commands.hpp"
#include "es_tool/copy_command.hpp"
#include "es_tool/offline_store.hpp"

namespace esker::tools {

Result<ExitCode> run_backup(const EsToolOptions& options, Output& output) {
  std::unique_ptr<io::Directory> base;
  if (!options.base.empty()) {
    ESKER_TRY(base, open_store_directory(options.base));
  }
  return run_copy({.title = "backup", .base = base.get(), .verify = !options.no_verify}, options,
                  output);
}

}  // namespace esker::tools
