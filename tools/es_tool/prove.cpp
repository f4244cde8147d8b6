#include <optional>

#include "common/progress.hpp"
#include "es_tool/commands.hpp"
#include "es_tool/offline_store.hpp"
#include "proof/log_tree.hpp"

namespace esker::tools {
namespace {

std::optional<Position> as_position(std::optional<std::uint64_t> number) {
  if (!number) return std::nullopt;
  return Position(*number);
}

Result<proof::LogTree> open_tree(const OfflineStore& store, Progress& progress) {
  return proof::LogTree::open(store.directory(),
                              [&progress](std::uint64_t hashed) { progress.update(0, 0, hashed); });
}

}  // namespace

Result<ExitCode> run_root(const EsToolOptions& options, Output& output) {
  ESKER_TRY(const OfflineStore store, OfflineStore::open(options.directory));
  Progress progress("hashing", "events");
  ESKER_TRY(proof::LogTree tree, open_tree(store, progress));
  ESKER_TRY(const Root root, tree.root(as_position(options.position)));
  output.text() += to_text(root) + '\n';
  return ExitCode::done;
}

Result<ExitCode> run_prove(const EsToolOptions& options, Output& output) {
  ESKER_TRY(const OfflineStore store, OfflineStore::open(options.directory));
  Progress progress("hashing", "events");
  ESKER_TRY(proof::LogTree tree, open_tree(store, progress));
  if (options.older) {
    ESKER_TRY(const ConsistencyProof proof,
              tree.prove_consistency(Position(*options.older), as_position(options.to)));
    output.text() += to_text(proof);
  } else {
    ESKER_TRY(const InclusionProof proof,
              tree.prove_inclusion(Position(*options.position), as_position(options.to)));
    output.text() += to_text(proof);
  }
  return ExitCode::done;
}

}  // namespace esker::tools
