// es-tool: looks after a store's directory while no server has it open.

#include <exception>

#include "common/signals.hpp"
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
    case EsToolOptions::Command::rebuild_index:
      break;
  }
  return run_rebuild_index(options, output);
}

ExitCode run(const EsToolOptions& options) {
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
  try {
    // Without a handler a signal ends the program at once: whatever it does may be interrupted.
    const Signals signals;
    const auto options = parse_es_tool_options(count, arguments);
    if (const ExitCode* const code = std::get_if<ExitCode>(&options)) {
      return static_cast<int>(*code);
    }
    return static_cast<int>(run(std::get<EsToolOptions>(options)));
  } catch (const std::exception& error) {
    print_error(kProgram, error.what());
    return static_cast<int>(ExitCode::failed);
  }
}
