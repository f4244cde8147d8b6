#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/exit_code.hpp"
#include "common/proof_request.hpp"
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
  bool from_end = false;         ///< From what comes next, instead of `query.from`.
  bool save_checkpoint = false;  ///< `query.from_checkpoint` follows what has been printed.
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

struct MetadataOptions {
  std::string stream;
  // What to change; 0 takes a bound away.
  std::optional<std::uint64_t> max_count;
  std::optional<std::uint64_t> max_age_s;
  std::optional<std::uint64_t> truncate_before;
  std::optional<std::string> custom;

  [[nodiscard]] bool changes() const { return max_count || max_age_s || truncate_before || custom; }
};

struct DeleteOptions {
  std::string stream;
  Expected expected;
  bool tombstone = false;
};

struct SnapshotOptions {
  std::string stream;
  bool save = false;  ///< Otherwise the newest one is printed.
  std::uint64_t version = 0;
  std::string type;
  std::string data;  ///< As of `AppendOptions`.
};

struct CheckpointOptions {
  std::string name;
  std::optional<std::uint64_t> position;  ///< To save; otherwise it is printed.
};

struct CompactOptions {
  CompactionOptions compaction;
  bool status = false;  ///< Only tell how far it is.
};

struct RootOptions : ProofRequest {};

struct ProveOptions : ProofRequest {};

struct CheckOptions {
  std::vector<std::string> files;  ///< `-` for standard input.
};

/// What es-cli was told on its command line, in its configuration file and in the environment.
struct EsCliOptions {
  ClientOptions client;
  bool json = false;
  std::variant<AppendOptions, ReadOptions, SubscribeOptions, InfoOptions, ImportOptions,
               ExportOptions, MetadataOptions, DeleteOptions, SnapshotOptions, CheckpointOptions,
               CompactOptions, RootOptions, ProveOptions, CheckOptions>
      command;
};

/// Reads the command line. When there is nothing to run (`--help`, `--version`, a mistake), all has been said and the answer is how to end.
std::variant<EsCliOptions, ExitCode> parse_es_cli_options(int count, char** arguments);

}  // namespace esker::tools
