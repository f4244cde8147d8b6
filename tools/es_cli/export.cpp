#include "common/progress.hpp"
#include "es_cli/commands.hpp"
#include "es_cli/event_printer.hpp"

namespace esker::tools {

Result<void> run_export(Session& session, const ExportOptions& options) {
  ESKER_TRY(const StoreInfo info, session.client.info());
  EventReader reader = session.client.read(options.query);
  EventPrinter printer(session.output, true);
  Progress progress("exporting", "events");
  const bool shown = !session.output.is_terminal();  // else the events themselves are seen to come
  for (std::uint64_t count = 1; !session.output.closed(); ++count) {
    ESKER_TRY(const std::optional<EventView> event, reader.next());
    if (!event) break;
    printer.print(*event);
    ESKER_TRY(session.output.write_when_full());
    if (shown) progress.update(event->position.value(), info.head.value(), count);
  }
  return ok();
}

}  // namespace esker::tools
