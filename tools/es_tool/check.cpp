#include <optional>

#include "common/proof_files.hpp"
#include "es_tool/commands.hpp"
#include "es_tool/offline_store.hpp"
#include "proof/log_tree.hpp"

namespace esker::tools {

Result<ExitCode> run_check(const EsToolOptions& options, Output& output) {
  ESKER_TRY(const ProofFiles files, read_proof_files(options.files));
  LeafOf leaf_of;
  if (options.directory.empty()) return check_proofs(files, leaf_of, output);
  ESKER_TRY(const OfflineStore store, OfflineStore::open(options.directory));
  ESKER_TRY(proof::LogTree tree, proof::LogTree::open(store.directory(), [](std::uint64_t) {}));
  leaf_of = [&tree](const InclusionProof& proof) { return tree.leaf(proof.position); };
  return check_proofs(files, leaf_of, output);
}

}  // namespace esker::tools
