#include <doctest/doctest.h>

#include <string>

#include "esker/proof.hpp"
#include "format/spec_example.hpp"

namespace esker::format {
namespace {

/// The changes of a text that make it none: each line taken out, and each byte replaced by one that fits nowhere.
template <class Parse>
void check_refuses_changes(const std::string& text, Parse parse) {
  const auto check_refused = [&](const std::string& changed) {
    const auto parsed = parse(changed);
    REQUIRE_MESSAGE(!parsed.has_value(), changed);
    CHECK(parsed.assume_error().code() == Errc::invalid_argument);
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = 'X';
    check_refused(changed);
  }
  check_refused("");
  check_refused(' ' + text);
  check_refused(text + '\n');
  check_refused(text + "\r\n");
  check_refused(text.substr(0, text.size() / 2));
}

}  // namespace

TEST_SUITE("format") {
  TEST_CASE("proof text: the examples of the specification are what is read and written") {
    const std::string root_text = spec_text("root");
    const Result<Root> root = parse_root(root_text);
    REQUIRE(root.has_value());
    CHECK(root.assume_value().position == Position(7));
    CHECK(to_text(root.assume_value()) + '\n' == root_text);

    const Result<InclusionProof> inclusion = parse_inclusion_proof(spec_text("inclusion proof"));
    REQUIRE(inclusion.has_value());
    CHECK(inclusion.assume_value().position == Position(3));
    CHECK(to_text(inclusion.assume_value()) == spec_text("inclusion proof"));
    CHECK(check_inclusion(inclusion.assume_value(), inclusion.assume_value().leaf,
                          root.assume_value()));

    const Result<Root> old_root = parse_root(spec_text("old root"));
    REQUIRE(old_root.has_value());
    const Result<ConsistencyProof> consistency =
        parse_consistency_proof(spec_text("consistency proof"));
    REQUIRE(consistency.has_value());
    CHECK(to_text(consistency.assume_value()) == spec_text("consistency proof"));
    CHECK(check_consistency(consistency.assume_value(), old_root.assume_value(),
                            root.assume_value()));
  }

  TEST_CASE("proof text: what is not exactly a root or a proof is refused") {
    check_refuses_changes(spec_text("root"), parse_root);
    check_refuses_changes(spec_text("inclusion proof"), parse_inclusion_proof);
    check_refuses_changes(spec_text("consistency proof"), parse_consistency_proof);
  }

  TEST_CASE("proof text: a line's end may be missing at the end of the text") {
    std::string text = spec_text("consistency proof");
    text.pop_back();
    CHECK(parse_consistency_proof(text).has_value());
  }

  TEST_CASE("proof text: positions are numbers up to 2^64 - 1 without leading zeros") {
    const std::string hash(64, '0');
    CHECK(parse_root("0 " + hash).has_value());
    CHECK(parse_root("18446744073709551615 " + hash).has_value());
    for (const std::string_view position : {"18446744073709551616", "007", "00", "-1", "+1", "0x1"})
      CHECK_FALSE(parse_root(std::string(position) + ' ' + hash).has_value());
  }

  TEST_CASE("proof text: a path longer than any can be is refused") {
    const std::string line = std::string(64, '0') + '\n';
    std::string inclusion = "inclusion 1 of 2\nleaf " + line;
    std::string consistency = "consistency 1 to 2\n";
    for (int i = 0; i < 64; ++i) inclusion += line;
    for (int i = 0; i < 65; ++i) consistency += line;
    CHECK(parse_inclusion_proof(inclusion).has_value());
    CHECK(parse_consistency_proof(consistency).has_value());
    CHECK_FALSE(parse_inclusion_proof(inclusion + line).has_value());
    CHECK_FALSE(parse_consistency_proof(consistency + line).has_value());
  }

  TEST_CASE("proof text: a hash is 64 digits in lower case") {
    const std::string digits = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    const std::optional<TreeHash> hash = TreeHash::parse(digits);
    REQUIRE(hash.has_value());
    CHECK(hash->to_string() == digits);
    CHECK_FALSE(TreeHash::parse(digits.substr(1)).has_value());
    CHECK_FALSE(TreeHash::parse(digits + "0").has_value());
    std::string upper = digits;
    upper[20] = 'A';
    CHECK_FALSE(TreeHash::parse(upper).has_value());
  }
}

}  // namespace esker::format
