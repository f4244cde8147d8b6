#include <optional>

#include "common/proof_files.hpp"
#include "es_cli/commands.hpp"

namespace esker::tools {
namespace {

/// What the event that the server shows hashes to. Readers are not told whether an event is its commit's last, which its leaf says: so
/// it is the proof's hash when either is.
Result<std::optional<TreeHash>> leaf_of_event(Client& client, const InclusionProof& proof) {
  EventReader reader = client.read({.from = proof.position.value(), .limit = 1, .system = true});
  ESKER_TRY(const std::optional<EventView> event, reader.next());
  if (!event || event->position != proof.position) return std::nullopt;
  const TreeHash inside = leaf_hash(*event, PlaceInCommit::inside);
  return inside == proof.leaf ? inside : leaf_hash(*event, PlaceInCommit::last);
}

}  // namespace

Result<void> run_root(Session& session, const RootOptions& options) {
  ESKER_TRY(const std::string text, root_text(session.client, options));
  session.output.text() += text;
  return ok();
}

Result<void> run_prove(Session& session, const ProveOptions& options) {
  ESKER_TRY(const std::string text, proof_text(session.client, options));
  session.output.text() += text;
  return ok();
}

Result<void> run_check(Session& session, const CheckOptions& options) {
  ESKER_TRY(const ProofFiles files, read_proof_files(options.files));
  LeafOf leaf_of = [&session](const InclusionProof& proof) {
    return leaf_of_event(session.client, proof);
  };
  ESKER_TRY(const ExitCode code, check_proofs(files, leaf_of, session.output));
  if (code == ExitCode::done) return ok();
  return Error(Errc::corrupt, "not everything is proved");
}

}  // namespace esker::tools
