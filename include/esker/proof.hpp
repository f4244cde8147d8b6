#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "esker/event.hpp"
#include "esker/result.hpp"
#include "esker/types.hpp"

/// Proofs that a log holds an event, and that it has only grown: a Merkle tree over the log, as RFC 6962 defines it.
///
/// Whoever has kept a `Root` needs nothing else of the store to be sure of what it is shown later: an `InclusionProof` shows that an event
/// was in the log when it had that root, a `ConsistencyProof` that a later root is of the same log with more behind it. Both are some 25
/// hashes at ten million events. The checkers below are pure functions, which trust nobody; format-spec.md, "Tree", has all that it takes
/// to write one in another language.
///
/// All functions: any thread; none blocks.
namespace esker {

/// A SHA-256 hash: of a leaf, of a node, or of a whole tree.
class TreeHash {
 public:
  static constexpr std::size_t kBytes = 32;

  /// All zero: what no tree hashes to.
  constexpr TreeHash() = default;
  constexpr explicit TreeHash(const std::array<std::byte, kBytes>& bytes) : bytes_(bytes) {}

  /// Reads 64 hexadecimal digits in lower case; nothing when `text` is not that.
  static std::optional<TreeHash> parse(std::string_view text);

  /// 64 hexadecimal digits in lower case.
  [[nodiscard]] std::string to_string() const;

  [[nodiscard]] constexpr const std::array<std::byte, kBytes>& bytes() const { return bytes_; }

  friend constexpr auto operator<=>(const TreeHash&, const TreeHash&) = default;

 private:
  std::array<std::byte, kBytes> bytes_{};
};

/// What the log's first events, up to and with the one at `position`, hash to. At position 0, of no events, it is SHA-256 of nothing.
struct Root {
  Position position;
  TreeHash hash;

  friend bool operator==(const Root&, const Root&) = default;
};

/// That the event at `position` is in the log that has the root at position `root`.
struct InclusionProof {
  Position position;  ///< 1 … `root`.
  Position root;
  TreeHash
      leaf;  ///< What the store says that the event hashes to; all that is left of one that compaction has dropped.
  std::vector<TreeHash> path;  ///< From the leaf up; at most 64.

  friend bool operator==(const InclusionProof&, const InclusionProof&) = default;
};

/// That the log that has the root at position `to` begins with the one that has the root at position `from`.
struct ConsistencyProof {
  Position from;  ///< 0 … `to`.
  Position to;
  std::vector<TreeHash> path;  ///< From the leaves up; at most 65. Empty when `from` is 0 or `to`.

  friend bool operator==(const ConsistencyProof&, const ConsistencyProof&) = default;
};

/// Where in its commit an event stands, which its leaf tells too: what was appended together stays provable as such.
enum class PlaceInCommit : std::uint8_t { inside, last };

/// What an event hashes to: all that it says, independent of where and how it is stored. Of an event as it was appended, with all its tags,
/// data and metadata. Source: format-spec.md, "Tree".
TreeHash leaf_hash(const EventView& event, PlaceInCommit place);

/// Whether `proof` shows that the event that hashes to `leaf` is at `proof.position` of the log that had `root`. False for a proof of
/// another root's position, and for one that is not well-formed.
///
/// `leaf`  `leaf_hash` of the event that somebody shows. `proof.leaf` itself proves no more than that some event with this hash is there.
/// Source: RFC 9162, 2.1.3.2.
[[nodiscard]] bool check_inclusion(const InclusionProof& proof, const TreeHash& leaf,
                                   const Root& root);

/// Whether `proof` shows that the log that had `to` begins with the log that had `from`. False for a proof between other positions than the
/// roots', and for one that is not well-formed. Source: RFC 9162, 2.1.4.2.
[[nodiscard]] bool check_consistency(const ConsistencyProof& proof, const Root& from,
                                     const Root& to);

/// As text, for safekeeping: "7 3f9a…", the position and the hash on one line, without its end.
std::string to_text(const Root& root);

/// As lines of text, each with its end: "inclusion 3 of 7", "leaf 3f9a…", and the path's hashes from the leaf up.
std::string to_text(const InclusionProof& proof);

/// As lines of text, each with its end: "consistency 3 to 7", and the path's hashes from the leaves up.
std::string to_text(const ConsistencyProof& proof);

/// Read what `to_text` writes; the end of the last line may be there or not. Errors: `invalid_argument`, telling which line is not as
/// format-spec.md, "Tree", has it. Whether it proves anything is for the checkers to say.
Result<Root> parse_root(std::string_view text);
Result<InclusionProof> parse_inclusion_proof(std::string_view text);
Result<ConsistencyProof> parse_consistency_proof(std::string_view text);

}  // namespace esker
