#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "esker/proof.hpp"
#include "esker/result.hpp"

namespace CLI {
class App;
}

namespace esker::tools {

/// What `root` and `prove` are asked for, of a server or of a closed store.
struct ProofRequest {
  std::optional<std::uint64_t> position;  ///< root: at which; prove: the event's.
  std::optional<std::uint64_t>
      from;                         ///< prove: the older root's, when there is no event's position.
  std::optional<std::uint64_t> to;  ///< prove: the root's that is proved to; nothing: the newest.
};

/// What the programs' help says the commands do.
inline constexpr const char* kRootHelp =
    "Prints the root of the log, to be kept: its position and its hash";
inline constexpr const char* kProveHelp =
    "Prints a proof that an event is in the log of a root, or that a root's log has only grown";

/// Declares what `root` takes. `request` outlives `command`.
void declare_root(CLI::App& command, ProofRequest& request);
/// Declares what `prove` takes: an event's position or an older root's is required.
void declare_prove(CLI::App& command, ProofRequest& request);

inline std::optional<Position> as_position(std::optional<std::uint64_t> number) {
  if (!number) return std::nullopt;
  return Position(*number);
}

/// The root that is asked for, as it is printed. `Source` answers as `Client` and `proof::LogTree` do; errors: those of its answer.
template <class Source>
Result<std::string> root_text(Source& source, const ProofRequest& request) {
  ESKER_TRY(const Root root, source.root(as_position(request.position)));
  return to_text(root) + '\n';
}

/// The same for the proof.
template <class Source>
Result<std::string> proof_text(Source& source, const ProofRequest& request) {
  const std::optional<Position> to = as_position(request.to);
  if (request.from) {
    ESKER_TRY(const ConsistencyProof proof, source.prove_consistency(Position(*request.from), to));
    return to_text(proof);
  }
  ESKER_TRY(const InclusionProof proof, source.prove_inclusion(Position(*request.position), to));
  return to_text(proof);
}

}  // namespace esker::tools
