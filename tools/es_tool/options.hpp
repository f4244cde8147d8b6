#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/exit_code.hpp"
#include "common/proof_request.hpp"

namespace esker::tools {

/// What es-tool was told.
struct EsToolOptions {
  enum class Command : std::uint8_t {
    verify,
    dump,
    stats,
    repair,
    rebuild_index,
    backup,
    restore,
    branch,
    compact,
    compress,
    root,
    prove,
    check
  };

  Command command = Command::verify;
  std::string directory;
  bool json = false;

  bool log_only = false;  ///< verify: neither the index nor the tree.

  std::uint64_t segment = 0;  ///< dump: only this one; 0: all.
  std::uint64_t from = 1;     ///< dump: the first position.
  std::uint64_t limit = std::numeric_limits<std::uint64_t>::max();  ///< dump: so many events.
  bool data = false;  ///< dump: data and metadata too.

  bool cut = false;      ///< repair: log::RepairOptions::cut.
  bool dry_run = false;  ///< repair, compact.

  std::string target;      ///< backup, restore, branch: the new store's directory.
  std::string base;        ///< backup: an earlier one; empty: none.
  std::string at;          ///< restore, branch: a position or a time; empty: all.
  bool copy = false;       ///< backup, restore: log::CopyOptions::real_copies.
  bool no_verify = false;  ///< backup, restore.

  std::uint64_t snapshots_kept = 1;  ///< compact: as `StoreOptions`.

  ProofRequest proof;              ///< root, prove.
  std::vector<std::string> files;  ///< check: of proofs and roots.

  std::uint64_t older_than_seconds =
      0;           ///< compress: segments whose last event was recorded so long ago.
  int level = 12;  ///< compress: log::CompressionSettings::level.
};

/// Reads the command line. When there is nothing to run (`--help`, `--version`, a mistake), all has been said and the answer is how to end.
std::variant<EsToolOptions, ExitCode> parse_es_tool_options(int count, char** arguments);

}  // namespace esker::tools
