#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/exit_code.hpp"
#include "esker/append.hpp"
#include "esker/client.hpp"
#include "esker/query.hpp"

namespace esker::tools {

struct AppendOptions {
  std::string stream;
  std::string type;
  std::string data;  ///< As given: the data, `-` for standard input, or `@FILE`.
  std::string metadata;
  std::vector<std::string> tags;
  Expected expected;
  std::optional<EventId> id;
  std::optional<Condition> condition;
  bool explain = false;
};

struct ReadOptions {
  Query query;
};

struct SubscribeOptions {
  Query query;
  bool from_end = false;  ///< From what comes next, instead of `query.from`.
};

struct InfoOptions {};

struct ImportOptions {
  enum class Format : std::uint8_t { ndjson, dpkg };

  std::string file;  ///< `-` for standard input.
  Format format = Format::ndjson;
  std::uint32_t in_flight_max = 512;  ///< Appends that wait for their answers.
};

struct ExportOptions {
  Query query;
};

/// What es-cli was told on its command line, in its configuration file and in the environment.
struct EsCliOptions {
  ClientOptions client;
  bool json = false;
  std::variant<AppendOptions, ReadOptions, SubscribeOptions, InfoOptions, ImportOptions,
               ExportOptions>
      command;
};

/// Reads the command line. When there is nothing to run (`--help`, `--version`, a mistake), all has been said and the answer is how to end.
std::variant<EsCliOptions, ExitCode> parse_es_cli_options(int count, char** arguments);

}  // namespace esker::tools
