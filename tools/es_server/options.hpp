#pragma once

#include <string>
#include <variant>
#include <vector>

#include "common/exit_code.hpp"
#include "esker/options.hpp"
#include "server/server.hpp"

namespace esker::tools {

/// What es-server was told on its command line, in its configuration file and in the environment.
struct EsServerOptions {
  std::string data;  ///< The store's directory.
  StoreOptions store;
  server::ServerOptions server;
  std::vector<std::string> grpc_listen;  ///< For KurrentDB's clients; none: they are not served.
  std::string log_level = "info";
};

/// Reads the command line. When there is nothing to run (`--help`, `--version`, a mistake), all has been said and the answer is how to end.
std::variant<EsServerOptions, ExitCode> parse_es_server_options(int count, char** arguments);

}  // namespace esker::tools
