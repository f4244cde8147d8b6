// es-cli: one request to a server, by hand or from a script.

#include "common/program.hpp"
#include "es_cli/commands.hpp"

namespace esker::tools {

namespace {

Result<void> run_command(Session& session, const EsCliOptions& options) {
  struct Run {
    Session& session;
    Result<void> operator()(const AppendOptions& chosen) { return run_append(session, chosen); }
    Result<void> operator()(const ReadOptions& chosen) { return run_read(session, chosen); }
    Result<void> operator()(const SubscribeOptions& chosen) {
      return run_subscribe(session, chosen);
    }
    Result<void> operator()(const InfoOptions& chosen) { return run_info(session, chosen); }
    Result<void> operator()(const ImportOptions& chosen) { return run_import(session, chosen); }
    Result<void> operator()(const ExportOptions& chosen) { return run_export(session, chosen); }
    Result<void> operator()(const MetadataOptions& chosen) { return run_metadata(session, chosen); }
    Result<void> operator()(const DeleteOptions& chosen) { return run_delete(session, chosen); }
    Result<void> operator()(const SnapshotOptions& chosen) { return run_snapshot(session, chosen); }
    Result<void> operator()(const CheckpointOptions& chosen) {
      return run_checkpoint(session, chosen);
    }
    Result<void> operator()(const CompactOptions& chosen) { return run_compact(session, chosen); }
    Result<void> operator()(const RootOptions& chosen) { return run_root(session, chosen); }
    Result<void> operator()(const ProveOptions& chosen) { return run_prove(session, chosen); }
    Result<void> operator()(const CheckOptions& chosen) { return run_check(session, chosen); }
  };
  return std::visit(Run{session}, options.command);
}

ExitCode run(const EsCliOptions& options, Signals& signals) {
  Result<Client> connected = Client::connect(options.client);
  if (!connected) return report(kEsCli, connected.error());
  Client client = std::move(connected).value();
  // Whatever waits for the server then waits no longer.
  signals.on_stop([&client] { client.close(); });

  Output output;
  Session session{client, output, signals, options.json};
  const Result<void> done = run_command(session, options);
  signals.on_stop({});
  // What has come is shown, also when something went wrong behind it.
  const Result<void> shown = output.flush();
  if (signals.stopped()) return ExitCode::interrupted;
  if (!done) return report(kEsCli, done.error());
  if (!shown) return report(kEsCli, shown.error());
  return ExitCode::done;
}

}  // namespace
}  // namespace esker::tools

int main(int count, char** arguments) {
  using namespace esker::tools;
  return run_program(
      kEsCli, [&] { return parse_es_cli_options(count, arguments); }, run);
}
