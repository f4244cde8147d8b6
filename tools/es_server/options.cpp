#include "es_server/options.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <map>
#include <optional>

#include "base/host_port.hpp"
#include "common/command_line.hpp"
#include "common/durability_text.hpp"

namespace esker::tools {

namespace {

constexpr const char* kDescription =
    R"(Serves an event store over Esker's native protocol.

  es-server --data ./data                                serves ./data on 127.0.0.1:7411, making it when it is not there
  es-server --data ./data --listen '[::1]:0'             on a free port, which the first line of the log names
  es-server --data ./data --durability interval:100      answers appends before they are on stable storage; see below

Clients of EventStoreDB and KurrentDB are served on 127.0.0.1:2113: esdb://localhost:2113?tls=false

Writes its log to standard error, and does not wait for a reader: lines for which there is no room are left out and counted.

SIGTERM or SIGINT ends it in order: what was accepted is finished and answered. A second one ends it at once, which loses nothing that
was acknowledged.

There is no authentication and no encryption yet: whoever reaches an address that it listens on can read and append. So other
addresses than the loopback ones are refused unless --allow-public is given.)";

constexpr const char* kFooter =
    R"(Each option can stand in the file that --config names, as 'segment-bytes = "1GiB"', and in the environment, as
ESKER_SEGMENT_BYTES; the command line goes before the environment, and that before the file. Sizes are bytes or take K, M, G (of 1024).

Durability says what an acknowledged append has survived:
  sync         it is on stable storage: a loss of power loses nothing acknowledged
  interval:MS  it is with the operating system and will be synced within MS milliseconds; a loss of power may take that
  none         it is with the operating system, which writes when it likes; a loss of power may take the end of the log
In every mode the death of the process, kill -9 included, loses nothing acknowledged.

Exit codes (one line on standard error says why):
  0    ended in order
  1    could not open, serve or close the store
  2    the command line is wrong, or the directory or an address cannot be one
  4    try again later: the store is open in another process, or there is no space)";

bool is_loopback(std::string_view address) {
  const std::optional<base::HostPort> parsed = base::parse_host_port(address);
  if (!parsed) return true;  // the server refuses it and says why
  boost::system::error_code not_a_number;
  const auto number = boost::asio::ip::make_address(parsed->host, not_a_number);
  return not_a_number ? parsed->host == "localhost" : number.is_loopback();
}

void check_loopback(const std::string& option, const std::vector<std::string>& addresses) {
  for (const std::string& address : addresses) {
    if (is_loopback(address)) continue;
    throw CLI::ValidationError(
        option, address +
                    " is not a loopback address, and there is no authentication yet: "
                    "whoever reaches it could read and append; --allow-public listens "
                    "all the same");
  }
}

#ifdef ESKER_GRPC
constexpr const char* kGrpcListen = "127.0.0.1:2113";
constexpr const char* kGrpcMeaning =
    "Where to listen for clients of EventStoreDB and KurrentDB; may be given again";
#else
constexpr const char* kGrpcListen = "none";
constexpr const char* kGrpcMeaning =
    "This es-server was built without gRPC: it does not serve clients of EventStoreDB and "
    "KurrentDB";
#endif

/// The addresses that `--grpc-listen` names: "none" is none.
void take_grpc_listen(std::vector<std::string>& addresses) {
  std::erase(addresses, "none");
#ifndef ESKER_GRPC
  if (addresses.empty()) return;
  throw CLI::ValidationError("--grpc-listen",
                             "this es-server was built without gRPC (-DESKER_GRPC=OFF), so that it "
                             "cannot listen on " +
                                 addresses.front() + "; 'none' is what it can do");
#endif
}

/// Declares options in the one form that they all have: a name, a variable of the environment, a default that the help shows.
class Declaration {
 public:
  explicit Declaration(CLI::App& app) : app_(app) {}

  template <class T>
  CLI::Option* option(const std::string& name, T& value, const std::string& meaning) {
    return placed(name, app_.add_option(name, value, meaning));
  }

  void flag(const std::string& name, bool& value, const std::string& meaning) {
    placed(name, app_.add_flag(name, value, meaning));
  }

  template <class T>
  void number(const std::string& name, T& value, const std::string& meaning) {
    option(name, value, meaning)->type_name("N")->transform(not_negative())->capture_default_str();
  }

  template <class T>
  void bytes(const std::string& name, T& value, const std::string& meaning) {
    const std::string shown = as_size(value);
    CLI::Validator size = CLI::AsSizeValue(false);
    size.description("");  // the footer says it once for all
    option(name, value, meaning)
        ->transform(size)
        ->transform(not_negative())
        ->type_name("SIZE")
        ->default_str(shown);
  }

  void milliseconds(const std::string& name, std::chrono::milliseconds& value,
                    const std::string& meaning) {
    const auto take = [&value](std::uint32_t count) { value = std::chrono::milliseconds(count); };
    placed(name, app_.add_option_function<std::uint32_t>(name, take, meaning))
        ->type_name("MS")
        ->default_str(std::to_string(value.count()));
  }

  void age(const std::string& name, std::optional<std::chrono::seconds>& value,
           const std::string& meaning) {
    const auto take = [&value](std::uint32_t count) { value = std::chrono::seconds(count); };
    CLI::Validator unit = CLI::AsNumberWithUnit(
        std::map<std::string, std::uint32_t>{{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}});
    unit.description("");  // the type's name says it
    placed(name, app_.add_option_function<std::uint32_t>(name, take, meaning))
        ->transform(unit)
        ->type_name("N(s|m|h|d)");
  }

  void group(const std::string& name) { group_ = name; }

 private:
  CLI::Option* placed(const std::string& name, CLI::Option* made) {
    std::string variable = "ESKER_" + name.substr(2);
    for (char& symbol : variable) {
      symbol =
          symbol == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(symbol)));
    }
    return made->envname(variable)->group(group_);
  }

  static std::string as_size(std::uint64_t bytes) {
    for (const auto& [unit, shift] : {std::pair{"G", 30}, std::pair{"M", 20}, std::pair{"K", 10}}) {
      if (bytes != 0 && bytes % (1ULL << shift) == 0) return std::to_string(bytes >> shift) + unit;
    }
    return std::to_string(bytes);
  }

  CLI::App& app_;
  std::string group_ = "Options";
};

void declare_store(Declaration& declare, StoreOptions& store) {
  declare.group("The store");
  declare.bytes("--segment-bytes", store.segment_bytes, "Length of a segment file, 64K to 16G");
  declare.bytes("--segment-bytes-first", store.segment_bytes_first,
                "Length of a new store's first segment; the next are twice as long each");
  declare.bytes("--event-bytes-max", store.limits.event_bytes_max,
                "The largest event: type, data and metadata together");
  declare.bytes("--commit-bytes-max", store.limits.commit_bytes_max,
                "The largest commit; it must fit into a segment");
  declare.number("--commit-events-max", store.limits.commit_events_max, "Events of one commit");
  declare.bytes("--group-bytes-max", store.group_bytes_max, "Written with one sync at most");
  declare.bytes("--queue-bytes-max", store.queue_bytes_max,
                "Appends that wait; more are answered 'busy'");
  declare.bytes("--stream-heads-bytes-max", store.stream_heads_bytes_max,
                "Memory for recently used streams");
  declare.age("--compress-after", store.compress_after,
              "Compress sealed segments whose last event was recorded so long ago");
  declare.bytes("--compress-bytes-per-second", store.compress_bytes_per_second,
                "Read and written at most while compressing; 0: no bound");
  declare.bytes("--decoded-bytes-max", store.decoded_bytes_max,
                "Memory for what has been read of compressed segments");
  declare.flag("--proofs", store.proofs,
               "Keep a tree over the log, for roots and proofs; a store that has one keeps it");
  declare.number("--snapshots-kept", store.snapshots_kept,
                 "Of a stream, if the metadata of its $snapshot-… stream says nothing else");
}

void declare_server(Declaration& declare, server::ServerOptions& server) {
  declare.group("The network");
  declare.number("--threads", server.threads,
                 "Threads that serve connections; 0: one less than cores, but 1 to 4");
  declare.number("--connections-max", server.connections_max,
                 "More are told 'busy' and closed; fewer where there are not the file descriptors");
  declare.number("--subscriptions-max", server.subscriptions_max,
                 "Reads and subscriptions under way, over all connections");
  declare.number("--connection-subscriptions-max", server.connection_subscriptions_max,
                 "The same, for one connection");
  declare.number("--connection-appends-max", server.connection_appends_max,
                 "Appends of one connection that wait for their answers");
  declare.bytes("--frame-bytes-max", server.frame_bytes_max,
                "The longest request; it must hold the largest commit");
  declare.bytes("--request-bytes-max", server.request_bytes_max,
                "Memory for requests, over all connections; when it is used up they wait");
  declare.bytes("--connection-answer-bytes", server.connection_answer_bytes,
                "Answers that a peer has not taken before nothing more is read from it");
  declare.milliseconds("--handshake-timeout", server.handshake_timeout,
                       "From connecting to the first request");
  declare.milliseconds("--frame-timeout", server.frame_timeout,
                       "From a request's first byte to its last; large ones have longer");
  declare.milliseconds("--idle-timeout", server.idle_timeout,
                       "Without a sign of life from the peer");
  declare.milliseconds("--write-timeout", server.write_timeout,
                       "While the peer takes nothing of what waits for it");
  declare.milliseconds("--stop-timeout", server.stop_timeout,
                       "How long ending waits for answers to be taken");
}

}  // namespace

std::variant<EsServerOptions, ExitCode> parse_es_server_options(int count, char** arguments) {
  EsServerOptions options;
  options.grpc_listen = {kGrpcListen};
  std::string durability = "sync";
  bool allow_public = false;

  CLI::App app(kDescription, "es-server");
  app.footer(kFooter);
  app.set_version_flag("--version", "es-server " ESKER_VERSION);
  app.set_config("--config", "", "A file of options, in TOML or INI form")->type_name("FILE");
  app.allow_config_extras(CLI::config_extras_mode::error);
  app.get_formatter()->column_width(40);

  Declaration declare(app);
  declare.option("--data", options.data, "The directory of the store; made when it is not there")
      ->type_name("DIR")
      ->required();
  declare.option("--listen", options.server.listen, "Where to listen; may be given again")
      ->type_name("HOST:PORT")
      ->delimiter(',')
      ->capture_default_str();
  declare.option("--grpc-listen", options.grpc_listen, kGrpcMeaning)
      ->type_name("HOST:PORT|none")
      ->delimiter(',')
      ->capture_default_str();
  declare.option("--durability", durability, "What an acknowledged append has survived")
      ->type_name("sync|interval:MS|none")
      ->check(
          [](const std::string& text) {
            return parse_durability(text) ? "" : "'" + text + "' is not sync, interval:MS or none";
          },
          "")
      ->capture_default_str();
  declare.option("--log-level", options.log_level, "The least that is logged")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}))
      ->capture_default_str();
  declare.flag("--allow-public", allow_public,
               "Listen on other addresses than loopback ones, without authentication");
  declare.flag("--allow-remote-file-system", options.store.allow_remote_file_system,
               "Take a store on NFS, CIFS, 9p or FUSE, which keep less than Esker promises");
  declare_store(declare, options.store);
  declare_server(declare, options.server);

  return parsed(app, [&] {
    app.parse(count, arguments);
    options.store.durability = *parse_durability(durability);
    take_grpc_listen(options.grpc_listen);
    if (!allow_public) {
      check_loopback("--listen", options.server.listen);
      check_loopback("--grpc-listen", options.grpc_listen);
    }
    return options;
  });
}

}  // namespace esker::tools
