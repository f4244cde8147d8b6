#include "common/proof_files.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string_view>
#include <system_error>

namespace esker::tools {
namespace {

/// More than any proof, and a million roots.
constexpr std::streamsize kBytesMax = 100 << 20;

std::string text_of(Position position) { return std::to_string(position.value()); }

Result<std::string> read_file(const std::string& name) {
  std::ifstream file;
  if (name != "-") {
    errno = 0;
    file.open(name, std::ios::binary);
    if (!file) {
      const int error = errno;
      return Error(error == ENOENT ? Errc::not_found : Errc::io_error,
                   "cannot open " + name + ": " + std::generic_category().message(error));
    }
  }
  std::istream& in = name == "-" ? std::cin : file;
  std::string text;
  std::string piece(1 << 16, '\0');
  while (in.read(piece.data(), static_cast<std::streamsize>(piece.size())) || in.gcount() > 0) {
    text.append(piece, 0, static_cast<std::size_t>(in.gcount()));
    if (text.size() > static_cast<std::size_t>(kBytesMax)) {
      return Error(Errc::invalid_argument, name + ": too long for roots or a proof");
    }
  }
  if (in.bad()) return Error(Errc::io_error, "cannot read " + name);
  return text;
}

template <typename Kept>
Result<void> keep(const std::string& file, Result<Kept> parsed, ProofFiles::Of<Kept>& into) {
  if (!parsed)
    return Error(parsed.assume_error().code(), file + ": " + parsed.assume_error().message());
  into.emplace_back(file, std::move(parsed).assume_value());
  return ok();
}

Result<void> keep_roots(const std::string& file, std::string_view text, ProofFiles& files) {
  std::uint64_t line = 0;
  do {
    const std::string_view root = text.substr(0, text.find('\n'));
    ESKER_TRY(keep(file + ", line " + std::to_string(++line), parse_root(root), files.roots));
    files.roots.back().first = file;
    text.remove_prefix(std::min(root.size() + 1, text.size()));
  } while (!text.empty());
  return ok();
}

/// Goes over proofs, and prints what each is worth.
class Check {
 public:
  Check(const ProofFiles& files, LeafOf& leaf_of, Output& output)
      : files_(files), leaf_of_(leaf_of), output_(output) {}

  Result<ExitCode> run() {
    if (files_.inclusion.empty() && files_.consistency.empty()) {
      return Error(Errc::invalid_argument,
                   "there is no proof to check: name a file with one, and files with the roots "
                   "that have been kept");
    }
    check_roots();
    for (const auto& [file, proof] : files_.consistency) {
      ESKER_TRY(const Root from, root_at(proof.from, file));
      ESKER_TRY(const Root to, root_at(proof.to, file));
      tell(check_consistency(proof, from, to), file,
           "the log that had the root at position " + text_of(proof.to) +
               " begins with the one that had the root at position " + text_of(proof.from));
    }
    for (const auto& [file, proof] : files_.inclusion) {
      ESKER_TRY(check_one(file, proof));
    }
    return proved_ ? ExitCode::done : ExitCode::failed;
  }

 private:
  /// Of one log there is one root at a position.
  void check_roots() {
    for (const auto& [file, root] : files_.roots) {
      const auto& [first_file, first] = *find(root.position);
      if (first == root) continue;
      tell(false, file,
           "the root at position " + text_of(root.position) + " is of the same log as that in " +
               first_file);
    }
  }

  Result<void> check_one(const std::string& file, const InclusionProof& proof) {
    ESKER_TRY(const Root root, root_at(proof.root, file));
    const std::string there = " at position " + text_of(proof.position) +
                              " of the log that had the root at position " + text_of(proof.root);
    std::optional<TreeHash> leaf;
    if (leaf_of_) {
      ESKER_TRY(leaf, leaf_of_(proof));
    }
    if (leaf) {
      tell(check_inclusion(proof, *leaf, root), file, "the event as it is shown is" + there);
    } else {
      tell(check_inclusion(proof, proof.leaf, root), file,
           "an event that hashes to " + proof.leaf.to_string() + " is" + there +
               (leaf_of_ ? "; it is gone itself" : "; no event was looked at"));
    }
    return ok();
  }

  [[nodiscard]] ProofFiles::Of<Root>::const_iterator find(Position position) const {
    auto at = files_.roots.begin();
    while (at != files_.roots.end() && at->second.position != position) ++at;
    return at;
  }

  [[nodiscard]] Result<Root> root_at(Position position, const std::string& file) const {
    const auto found = find(position);
    if (found != files_.roots.end()) return found->second;
    return Error(Errc::invalid_argument, file + ": the proof is for the root at position " +
                                             text_of(position) +
                                             ": name a file in which it has been kept");
  }

  void tell(bool proved, const std::string& file, const std::string& what) {
    proved_ = proved_ && proved;
    output_.text() += file + (proved ? ": proved: " : ": NOT PROVED: ") + what + '\n';
  }

  const ProofFiles& files_;
  LeafOf& leaf_of_;
  Output& output_;
  bool proved_ = true;
};

}  // namespace

Result<ProofFiles> read_proof_files(std::span<const std::string> names) {
  ProofFiles files;
  for (const std::string& name : names) {
    ESKER_TRY(const std::string text, read_file(name));
    if (text.starts_with("inclusion")) {
      ESKER_TRY(keep(name, parse_inclusion_proof(text), files.inclusion));
    } else if (text.starts_with("consistency")) {
      ESKER_TRY(keep(name, parse_consistency_proof(text), files.consistency));
    } else {
      ESKER_TRY(keep_roots(name, text, files));
    }
  }
  return files;
}

Result<ExitCode> check_proofs(const ProofFiles& files, LeafOf& leaf_of, Output& output) {
  return Check(files, leaf_of, output).run();
}

}  // namespace esker::tools
