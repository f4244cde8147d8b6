#include "esker/snapshot.hpp"
#include "es_cli/commands.hpp"
#include "es_cli/event_printer.hpp"
#include "es_cli/input.hpp"

namespace esker::tools {

Result<void> run_snapshot(Session& session, const SnapshotOptions& options) {
  if (!options.save) {
    Query query{.selector = Selector::stream(snapshot_stream_of(options.stream)),
                .direction = Direction::backwards,
                .from = Query::kEnd,
                .limit = 1};
    EventReader reader = session.client.read(query);
    ESKER_TRY(const std::optional<EventView> event, reader.next());
    if (!event) {
      return Error(Errc::not_found, "there is no snapshot of stream \"" + options.stream + '"');
    }
    EventPrinter(session.output, session.json).print(*event);
    return ok();
  }
  ESKER_TRY(const std::string data, read_argument(options.data, session.signals));
  const auto bytes = as_bytes(data);
  const Snapshot snapshot{Version(options.version), options.type, {bytes.begin(), bytes.end()}};
  ESKER_TRY(const AppendResult written, session.client.save_snapshot(options.stream, snapshot));
  print_written(
      session,
      "snapshot of " + printable(options.stream) + " at version " + std::to_string(options.version),
      written);
  return ok();
}

}  // namespace esker::tools
