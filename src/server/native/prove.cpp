#include "server/native/prove.hpp"

#include <utility>

namespace esker::server {

Result<format::ProofReply> prove(const Store& store, const format::ProveRequest& asked) {
  switch (asked.what) {
    case format::ProofKind::root: {
      ESKER_TRY(const Root root, store.root(asked.root));
      return format::ProofReply{asked.what, asked.first, root.position, root.hash, {}};
    }
    case format::ProofKind::inclusion: {
      ESKER_TRY(InclusionProof proof, store.prove_inclusion(asked.first, asked.root));
      return format::ProofReply{asked.what, asked.first, proof.root, proof.leaf,
                                std::move(proof.path)};
    }
    case format::ProofKind::consistency: {
      ESKER_TRY(ConsistencyProof proof, store.prove_consistency(asked.first, asked.root));
      return format::ProofReply{asked.what, asked.first, proof.to, {}, std::move(proof.path)};
    }
  }
  return Error(Errc::invalid_argument, "no such proof");  // parsing lets none through
}

}  // namespace esker::server
