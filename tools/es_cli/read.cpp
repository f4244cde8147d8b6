#include "es_cli/commands.hpp"
#include "es_cli/event_printer.hpp"

namespace esker::tools {

Result<void> run_read(Session& session, const ReadOptions& options) {
  EventReader reader = session.client.read(options.query);
  EventPrinter printer(session.output, session.json);
  while (!session.output.closed()) {
    ESKER_TRY(const std::optional<EventView> event, reader.next());
    if (!event) break;
    printer.print(*event);
    ESKER_TRY(session.output.write_when_full());
  }
  if (const std::optional<Explanation> explanation = reader.explanation()) {
    print_explanation(*explanation);
  }
  return ok();
}

}  // namespace esker::tools
