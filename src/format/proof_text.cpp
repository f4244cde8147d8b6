#include <algorithm>
#include <charconv>
#include <cstdint>

#include "esker/proof.hpp"

namespace esker {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";
constexpr std::size_t kInclusionPathMax = 64;
constexpr std::size_t kConsistencyPathMax = 65;

/// Takes a text to pieces from the front. The first thing that is not as it must be is kept, with its line.
class TextReader {
 public:
  explicit TextReader(std::string_view text) : rest_(text) {}

  void word(std::string_view expected) {
    if (rest_.starts_with(expected)) return rest_.remove_prefix(expected.size());
    fail("there is no \"" + std::string(expected) + '"');
  }

  /// A number as it is written, without leading zeros, so that a proof has one text.
  Position position() {
    std::uint64_t value = 0;
    const char* begin = rest_.data();
    const auto [stopped, error] = std::from_chars(begin, begin + rest_.size(), value);
    const auto digits = static_cast<std::size_t>(stopped - begin);
    const bool number = error == std::errc() && (digits == 1 || rest_.front() != '0');
    if (!number) fail("there is no position");
    rest_.remove_prefix(number ? digits : 0);
    return Position(value);
  }

  TreeHash hash() {
    const std::string_view digits = rest_.substr(0, 2 * TreeHash::kBytes);
    const std::optional<TreeHash> hash = TreeHash::parse(digits);
    if (!hash) fail("there are no 64 hexadecimal digits in lower case");
    rest_.remove_prefix(digits.size());
    return hash.value_or(TreeHash());
  }

  void line_end() {
    if (!rest_.empty() && rest_.front() != '\n') return fail("there is more than belongs there");
    if (!rest_.empty()) rest_.remove_prefix(1);
    ++line_;
  }

  std::vector<TreeHash> path(std::size_t hashes_max) {
    std::vector<TreeHash> path;
    while (!rest_.empty() && fault_.empty()) {
      if (path.size() == hashes_max) fail("the path is longer than any can be");
      path.push_back(hash());
      line_end();
    }
    return path;
  }

  void end() {
    if (!rest_.empty()) fail("there is more than belongs there");
  }

  /// `read` when all was as it must be, the whole text included.
  template <class T>
  Result<T> result(std::string_view what, T read) {
    end();
    if (fault_.empty()) return read;
    return Error(Errc::invalid_argument, "this is no " + std::string(what) + ": " + fault_);
  }

 private:
  void fail(const std::string& fault) {
    if (fault_.empty()) fault_ = "line " + std::to_string(line_) + ": " + fault;
  }

  std::string_view rest_;
  std::size_t line_ = 1;
  std::string fault_;
};

std::string lines(const std::vector<TreeHash>& path) {
  std::string text;
  for (const TreeHash& hash : path) text += hash.to_string() + '\n';
  return text;
}

std::string text(Position position) { return std::to_string(position.value()); }

}  // namespace

std::optional<TreeHash> TreeHash::parse(std::string_view text) {
  if (text.size() != 2 * kBytes) return std::nullopt;
  std::array<std::byte, kBytes> bytes;
  for (std::size_t i = 0; i < kBytes; ++i) {
    const std::size_t high = kDigits.find(text[2 * i]);
    const std::size_t low = kDigits.find(text[2 * i + 1]);
    if (std::max(high, low) >= kDigits.size()) return std::nullopt;
    bytes[i] = static_cast<std::byte>(high << 4 | low);
  }
  return TreeHash(bytes);
}

std::string TreeHash::to_string() const {
  std::string text;
  text.reserve(2 * kBytes);
  for (const std::byte byte : bytes_) {
    text += kDigits[std::to_integer<std::size_t>(byte >> 4)];
    text += kDigits[std::to_integer<std::size_t>(byte & std::byte{15})];
  }
  return text;
}

std::string to_text(const Root& root) { return text(root.position) + ' ' + root.hash.to_string(); }

std::string to_text(const InclusionProof& proof) {
  return "inclusion " + text(proof.position) + " of " + text(proof.root) + "\nleaf " +
         proof.leaf.to_string() + '\n' + lines(proof.path);
}

std::string to_text(const ConsistencyProof& proof) {
  return "consistency " + text(proof.from) + " to " + text(proof.to) + '\n' + lines(proof.path);
}

Result<Root> parse_root(std::string_view text) {
  TextReader reader(text);
  Root root;
  root.position = reader.position();
  reader.word(" ");
  root.hash = reader.hash();
  reader.line_end();
  return reader.result("root", root);
}

Result<InclusionProof> parse_inclusion_proof(std::string_view text) {
  TextReader reader(text);
  InclusionProof proof;
  reader.word("inclusion ");
  proof.position = reader.position();
  reader.word(" of ");
  proof.root = reader.position();
  reader.line_end();
  reader.word("leaf ");
  proof.leaf = reader.hash();
  reader.line_end();
  proof.path = reader.path(kInclusionPathMax);
  return reader.result("inclusion proof", std::move(proof));
}

Result<ConsistencyProof> parse_consistency_proof(std::string_view text) {
  TextReader reader(text);
  ConsistencyProof proof;
  reader.word("consistency ");
  proof.from = reader.position();
  reader.word(" to ");
  proof.to = reader.position();
  reader.line_end();
  proof.path = reader.path(kConsistencyPathMax);
  return reader.result("consistency proof", std::move(proof));
}

}  // namespace esker
