#include "common/progress.hpp"
#include "es_tool/commands.hpp"
#include "es_tool/offline_store.hpp"
#include "proof/log_tree.hpp"

namespace esker::tools {
namespace {

Result<proof::LogTree> open_tree(const OfflineStore& store, Progress& progress) {
  return proof::LogTree::open(store.directory(),
                              [&progress](std::uint64_t hashed) { progress.update(0, 0, hashed); });
}

}  // namespace

Result<ExitCode> run_root(const EsToolOptions& options, Output& output) {
  ESKER_TRY(const OfflineStore store, OfflineStore::open(options.directory));
  Progress progress("hashing", "events");
  ESKER_TRY(proof::LogTree tree, open_tree(store, progress));
  ESKER_TRY(const std::string text, root_text(tree, options.proof));
  output.text() += text;
  return ExitCode::done;
}

Result<ExitCode> run_prove(const EsToolOptions& options, Output& output) {
  ESKER_TRY(const OfflineStore store, OfflineStore::open(options.directory));
  Progress progress("hashing", "events");
  ESKER_TRY(proof::LogTree tree, open_tree(store, progress));
  ESKER_TRY(const std::string text, proof_text(tree, options.proof));
  output.text() += text;
  return ExitCode::done;
}

}  // namespace esker::tools
