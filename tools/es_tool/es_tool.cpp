// es-tool: looks after a store's directory, and makes copies of it.

#include "common/program.hpp"
#include "es_tool/commands.hpp"

namespace esker::tools {
namespace {

constexpr const char* kProgram = "es-tool";

Result<ExitCode> run_command(const EsToolOptions& options, Output& output) {
  switch (options.command) {
    case EsToolOptions::Command::verify:
      return run_verify(options, output);
    case EsToolOptions::Command::dump:
      return run_dump(options, output);
    case EsToolOptions::Command::stats:
      return run_stats(options, output);
    case EsToolOptions::Command::repair:
      return run_repair(options, output);
    case EsToolOptions::Command::backup:
      return run_backup(options, output);
    case EsToolOptions::Command::restore:
      return run_restore(options, output);
    case EsToolOptions::Command::branch:
      return run_branch(options, output);
    case EsToolOptions::Command::compact:
      return run_compact(options, output);
    case EsToolOptions::Command::compress:
      return run_compress(options, output);
    case EsToolOptions::Command::root:
      return run_root(options, output);
    case EsToolOptions::Command::prove:
      return run_prove(options, output);
    case EsToolOptions::Command::check:
      return run_check(options, output);
    case EsToolOptions::Command::rebuild_index:
      break;
  }
  return run_rebuild_index(options, output);
}

/// Without a handler a signal ends the program at once: whatever it does may be interrupted.
ExitCode run(const EsToolOptions& options, const Signals&) {
  Output output;
  Result<ExitCode> ended = run_command(options, output);
  // What has been found stands, also when there was an error afterwards.
  if (const Result<void> written = output.flush(); !written) {
    return report(kProgram, written.assume_error());
  }
  if (!ended) return report(kProgram, ended.assume_error());
  return ended.assume_value();
}

}  // namespace
}  // namespace esker::tools

int main(int count, char** arguments) {
  using namespace esker::tools;
  return run_program(
      kProgram, [&] { return parse_es_tool_options(count, arguments); }, run);
}
