#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "common/exit_code.hpp"
#include "common/output.hpp"
#include "esker/function.hpp"
#include "esker/proof.hpp"
#include "esker/result.hpp"

namespace esker::tools {

/// What somebody has kept in files: roots, and proofs between them (format-spec.md, "Tree").
struct ProofFiles {
  template <typename Kept>
  using Of = std::vector<std::pair<std::string, Kept>>;  ///< Each with its file's name.

  Of<Root> roots;
  Of<InclusionProof> inclusion;
  Of<ConsistencyProof> consistency;
};

/// Reads files that each have one proof, or any number of roots, a line each. `-` is standard input.
/// Errors: `not_found`, `io_error`, `invalid_argument` (a file has something else; file and line are named).
Result<ProofFiles> read_proof_files(std::span<const std::string> files);

/// What the event that a proof is about hashes to, as somebody shows it; nothing when the event is gone.
using LeafOf = UniqueFunction<Result<std::optional<TreeHash>>(const InclusionProof&)>;

/// Checks each proof against the roots, and prints a line on each. Roots at the same position must be the same.
/// `leaf_of`  empty: nobody shows events, and what a proof says of its event's hash is all that is known of it.
/// Returns    `failed` when something is not proved.
/// Errors     `invalid_argument` (there is no proof, or not the root that one is for); those of `leaf_of`.
Result<ExitCode> check_proofs(const ProofFiles& files, LeafOf& leaf_of, Output& output);

}  // namespace esker::tools
