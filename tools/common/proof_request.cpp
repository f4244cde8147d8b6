#include "common/proof_request.hpp"

#include <CLI/CLI.hpp>

namespace esker::tools {

void declare_root(CLI::App& command, ProofRequest& request) {
  command.add_option("--at", request.position, "That of the first events, up to this position")
      ->type_name("POSITION");
}

void declare_prove(CLI::App& command, ProofRequest& request) {
  CLI::Option* const event =
      command.add_option("POSITION", request.position, "The event's")->type_name("");
  command
      .add_option("--root", request.to, "Of the root at this position; without it, of the newest")
      ->type_name("POSITION")
      ->needs(event);
  CLI::Option* const from =
      command.add_option("--from", request.from, "That the log has only grown since this root's")
          ->type_name("POSITION")
          ->excludes(event);
  command.add_option("--to", request.to, "Up to this root's; without it, up to the newest")
      ->type_name("POSITION")
      ->needs(from);
  command.parse_complete_callback([event, from] {
    if (event->count() + from->count() == 0) {
      throw CLI::RequiredError("POSITION of an event, or --from POSITION of a root");
    }
  });
}

}  // namespace esker::tools
