#include "format/tree_file.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "base/byte_order.hpp"
#include "format/checksum.hpp"
#include "format/damage.hpp"
#include "format/naive_tree.hpp"
#include "format/spec_example.hpp"

namespace esker::format {
namespace {

constexpr std::size_t kHeader = kTreeFileHeaderBytes;

Uuid store() { return *Uuid::parse("00112233-4455-6677-8899-aabbccddeeff"); }

TreeNodes nodes_of(std::size_t leaves) {
  const NaiveTree tree(leaves);
  TreeHasher hasher;
  TreeNodes nodes;
  for (std::size_t i = 0; i < leaves; ++i) nodes.push(hasher, tree.leaf(i));
  return nodes;
}

/// A file of 300 leaves, which are a group and 44 more.
std::vector<std::byte> example() { return encode_tree_file(store(), 2, nodes_of(300), 300); }

Result<TreeFileHeader> parse(std::span<const std::byte> bytes) {
  return parse_tree_file_header(bytes.first<kHeader>());
}

/// Changes a field of the header, whose checksum is right afterwards.
template <class T>
std::vector<std::byte> changed(std::size_t offset, T value) {
  std::vector<std::byte> bytes = example();
  base::store_le(std::span(bytes), offset, value);
  base::store_le(std::span(bytes), 12, crc32c(std::span(bytes).subspan(16, kHeader - 16)));
  return bytes;
}

}  // namespace

TEST_SUITE("format") {
  TEST_CASE("tree file: names are numbers, and sort as they do") {
    CHECK(tree_file_name(0) == "0000000000000000.tree");
    CHECK(parse_tree_file_name("000000000000001f.tree") == 31U);
    CHECK_FALSE(parse_tree_file_name("000000000000001f.tree.tmp"));
    CHECK_FALSE(parse_tree_file_name("1f.tree"));
  }

  TEST_CASE("tree file: the example of the specification is what is written and read") {
    // One leaf, whose hash is that of the example of a leaf.
    const std::vector<std::byte> leaf = spec_example("leaf hash");
    std::array<std::byte, TreeHash::kBytes> hash;
    std::ranges::copy(leaf, hash.begin());
    TreeHasher hasher;
    TreeNodes nodes;
    nodes.push(hasher, TreeHash(hash));
    const std::vector<std::byte> bytes = encode_tree_file(store(), 2, nodes, 1);
    CHECK(bytes == spec_example("tree file"));
    const Result<TreeFileHeader> parsed = parse(bytes);
    REQUIRE(parsed);
    CHECK(parsed.assume_value().store == store());
    CHECK(parsed.assume_value().index == 2);
    CHECK(parsed.assume_value().leaves == 1);
    CHECK(parsed.assume_value().file_bytes() == bytes.size());
  }

  TEST_CASE("tree file: groups come before leaves, and a full one has its root") {
    const std::vector<std::byte> bytes = example();
    const TreeFileHeader header = parse(bytes).assume_value();
    CHECK(header.groups() == 1);
    CHECK(header.file_bytes() == bytes.size());
    const NaiveTree tree(300);
    const std::vector<TreeHash> hashes = load_hashes(std::span(bytes).subspan(kHeader));
    CHECK(hashes.front() == tree.hash(0, 256));
    CHECK(hashes.back() == tree.leaf(299));
    CHECK_FALSE(header.full());

    const TreeNodes all = nodes_of(kTreeFileLeaves);
    const TreeFileHeader full =
        parse(encode_tree_file(store(), 2, all, kTreeFileLeaves)).assume_value();
    CHECK(full.full());
    CHECK(full.root == all.at({kTreeFileLevel, 0}));
    // Fewer than there are.
    CHECK(encode_tree_file(store(), 2, all, 300).size() == bytes.size());
  }

  TEST_CASE("tree file: no flipped bit of a header passes") {
    const std::vector<std::byte> bytes = example();
    for_each_flip(std::span(bytes).first(kHeader), [](std::span<const std::byte> flipped) {
      if (parse(flipped)) FAIL("passed");
    });
  }

  TEST_CASE("tree file: what is not allowed is refused although the checksum is right") {
    CHECK(parse(changed(8, std::uint32_t{2})).assume_error().code() == Errc::not_supported);
    CHECK(parse(changed(32, UINT64_MAX)).assume_error().code() == Errc::corrupt);
    CHECK(parse(changed(40, std::uint32_t{0})).assume_error().code() == Errc::corrupt);
    CHECK(parse(changed(40, std::uint32_t{65537})).assume_error().code() == Errc::corrupt);
    CHECK(parse(changed(48, std::uint64_t{1})).assume_error().code() == Errc::corrupt);
    CHECK(parse(changed(64, std::uint64_t{1})).assume_error().code() == Errc::corrupt);
  }
}

}  // namespace esker::format
