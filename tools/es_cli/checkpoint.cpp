#include "es_cli/commands.hpp"
#include "es_cli/input.hpp"

namespace esker::tools {

Result<void> run_checkpoint(Session& session, const CheckpointOptions& options) {
  if (options.position) {
    ESKER_TRY(const AppendResult written,
              session.client.save_checkpoint(options.name, Position(*options.position)));
    print_written(session,
                  "checkpoint " + printable(options.name) + " behind position " +
                      std::to_string(*options.position),
                  written);
    return ok();
  }
  ESKER_TRY(const Position position, session.client.load_checkpoint(options.name));
  const std::string number = std::to_string(position.value());
  session.output.text() += session.json ? R"({"position":)" + number + "}\n" : number + '\n';
  return ok();
}

}  // namespace esker::tools
