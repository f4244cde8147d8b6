// es-server: an open store, served over the network until a signal says to stop.

#include <spdlog/spdlog.h>

#include <future>
#include <optional>

#include "common/durability_text.hpp"
#include "common/number_text.hpp"
#include "common/program.hpp"
#include "es_server/options.hpp"
#include "es_server/stderr_sink.hpp"
#include "esker/store.hpp"
#include "io/process.hpp"
#ifdef ESKER_GRPC
#include "server/grpc/grpc_server.hpp"
#endif

namespace esker::tools {

namespace {

constexpr const char* kProgram = "es-server";

std::shared_ptr<spdlog::logger> make_logger(const std::string& level) {
  auto logger = std::make_shared<spdlog::logger>(kProgram, std::make_shared<StderrSink>());
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
  logger->set_level(spdlog::level::from_str(level));
  logger->flush_on(spdlog::level::trace);  // each line is out before the next thing happens
  return logger;
}

server::Logger server_logger(std::shared_ptr<spdlog::logger> logger) {
  return [logger = std::move(logger)](server::LogLevel level, std::string_view line) {
    switch (level) {
      case server::LogLevel::debug:
        return logger->debug("{}", line);
      case server::LogLevel::info:
        return logger->info("{}", line);
      case server::LogLevel::warning:
        return logger->warn("{}", line);
      case server::LogLevel::error:
        return logger->error("{}", line);
    }
  };
}

/// What opening found, in words.
std::string found(const OpenReport& report) {
  if (report.created) return "a new store";
  std::string text = counted(report.events, "event") + " in " + counted(report.segments, "segment");
  if (report.clean) {
    text += ", closed in order";
  } else {
    text += ", not closed in order: " + counted(report.events_scanned, "event") + " read again, " +
            counted(report.torn_bytes, "byte") + " of unacknowledged appends cut";
  }
  if (report.runs_rebuilt != 0)
    text += ", " + counted(report.runs_rebuilt, "index file") + " made again";
  return text;
}

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : ", ") + text;
  return all;
}

#ifdef ESKER_GRPC
using GrpcServer = server::GrpcServer;
#else
/// What stands for it in a program that was built without: nothing can be started, and the options have said so.
class GrpcServer {
 public:
  static Result<GrpcServer> start(Store& /*store*/, const server::ServerOptions& /*options*/,
                                  const server::Logger& /*logger*/) {
    return Error(Errc::not_supported, "this es-server was built without gRPC");
  }
  [[nodiscard]] static std::vector<std::string> addresses() { return {}; }
  [[nodiscard]] static std::uint64_t requests() { return 0; }
  static void stop() {}
};
#endif

/// The front end for KurrentDB's clients; nothing when no address was given for it.
Result<std::optional<GrpcServer>> start_grpc(Store& store, const EsServerOptions& options,
                                             server::Logger logger) {
  if (options.grpc_listen.empty()) return std::optional<GrpcServer>();
  server::ServerOptions serving = options.server;
  serving.listen = options.grpc_listen;
  Result<GrpcServer> started = GrpcServer::start(store, serving, std::move(logger));
  if (!started) {
    return Error(started.assume_error().code(),
                 "--grpc-listen: " + started.assume_error().message());
  }
  return std::optional<GrpcServer>(std::move(started).assume_value());
}

/// Where the servers listen, in words.
std::string listening(const server::Server& server, const std::optional<GrpcServer>& grpc) {
  std::string text = joined(server.addresses());
  if (grpc) text += " and for KurrentDB's clients on " + joined(grpc->addresses());
  return text;
}

/// What is served with: fewer connections than were asked for when there are not the descriptors for them, which leaves a warning.
Result<server::ServerOptions> within_descriptors(const EsServerOptions& options,
                                                 std::vector<std::string>& warnings) {
  server::ServerOptions within = options.server;
  const std::uint64_t descriptors = io::raise_descriptors_max();
  within.connections_max = server::connections_within(options.server, descriptors);
  if (within.connections_max == options.server.connections_max) return within;
  const std::string reason = "this process may have " + std::to_string(descriptors) +
                             " file descriptors; `ulimit -Hn` or LimitNOFILE= raises that";
  if (within.connections_max == 0) {
    return Error(Errc::no_space, "not one connection could be served: " + reason);
  }
  warnings.push_back("serves at most " + counted(within.connections_max, "connection") + ", not " +
                     std::to_string(options.server.connections_max) + ": " + reason);
  return within;
}

ExitCode run(const EsServerOptions& options, Signals& signals) {
  const std::shared_ptr<spdlog::logger> logger = make_logger(options.log_level);
  std::vector<std::string> warnings;
  const Result<server::ServerOptions> within = within_descriptors(options, warnings);
  if (!within) return report(kProgram, within.error());
  const server::ServerOptions& serving = within.value();

  Result<Store> opened = Store::open(options.data, options.store);
  if (!opened) return report(kProgram, opened.error());
  Store store = std::move(opened).value();

  Result<server::Server> started = server::Server::start(store, serving, server_logger(logger));
  if (!started) return report(kProgram, started.error());
  server::Server server = std::move(started).value();
  Result<std::optional<GrpcServer>> begun = start_grpc(store, options, server_logger(logger));
  if (!begun) return report(kProgram, begun.error());
  std::optional<GrpcServer> grpc = std::move(begun).value();

  // Before the first line is out: whoever reads it may already want to stop.
  std::promise<void> asked_to_stop;
  signals.on_stop([&asked_to_stop] { asked_to_stop.set_value(); });

  const OpenReport& opening = store.open_report();
  logger->log(
      spdlog::level::info,
      "es-server {} listens on {}, serves {} ({}) with durability {}{}; found {}, opened in {}; "
      "memory is bounded: connections {}, waiting appends {}, recent streams {}",
      ESKER_VERSION, listening(server, grpc), options.data, opening.file_system,
      to_text(options.store.durability), store.info().tree_end ? ", keeps a tree" : "",
      found(opening), as_duration_text(opening.duration),
      as_bytes_text(server::memory_bytes_max(serving)),
      as_bytes_text(options.store.queue_bytes_max),
      as_bytes_text(options.store.stream_heads_bytes_max));
  warnings.insert(warnings.end(), opening.warnings.begin(), opening.warnings.end());
  for (const std::string& warning : warnings) logger->warn("{}", warning);

  asked_to_stop.get_future().wait();
  signals.on_stop({});

  logger->info("stopping: finishing what was accepted; a second signal stops at once");
  if (grpc) grpc->stop();
  server.stop();
  const std::uint64_t requests = server.stats().requests + (grpc ? grpc->requests() : 0);
  const std::uint64_t head = store.info().head.value();
  if (const Result<void> closed = store.close(); !closed) return report(kProgram, closed.error());
  logger->info("stopped in order after {}, at position {}", counted(requests, "request"), head);
  return ExitCode::done;
}

}  // namespace
}  // namespace esker::tools

int main(int count, char** arguments) {
  using namespace esker::tools;
  return run_program(
      kProgram, [&] { return parse_es_server_options(count, arguments); }, run);
}
