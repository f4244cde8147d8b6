#include "format/tree_hasher.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "format/spec_example.hpp"

namespace esker::format {
namespace {

const Salt kExampleSalt(0x1122334455667788);
const FileOffset kExampleOffset(4096);

/// The record of the specification's example, whose leaf the next example is.
RecordView example_record(std::span<const std::byte> bytes) {
  const ParsedRecord parsed = parse_record(bytes, kExampleSalt, kExampleOffset);
  REQUIRE(parsed.fault == RecordFault::none);
  return parsed.record;
}

}  // namespace

TEST_SUITE("format") {
  TEST_CASE("tree hasher: hashes are those of RFC 6962's empty tree, empty leaf and first node") {
    TreeHasher hasher;
    CHECK(hasher.empty().to_string() ==
          "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    const TreeHash empty_leaf = hasher.leaf({});
    CHECK(empty_leaf.to_string() ==
          "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
    const std::byte zero{0};
    CHECK(hasher.node(empty_leaf, hasher.leaf({std::span(&zero, 1)})).to_string() ==
          "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125");
  }

  TEST_CASE("tree hasher: a leaf is the hash of the content that the specification's example has") {
    const std::vector<std::byte> bytes = spec_example("record");
    const RecordView record = example_record(bytes);
    const std::vector<std::byte> content = spec_example("leaf content");
    TreeHasher hasher;
    const TreeHash leaf = hasher.leaf(record);
    CHECK(leaf == hasher.leaf({content}));
    CHECK(std::ranges::equal(leaf.bytes(), spec_example("leaf hash")));
    CHECK(leaf == leaf_hash(record.event(), PlaceInCommit::last));
  }

  TEST_CASE("tree hasher: where a record stands and what was durable then do not change its leaf") {
    const std::vector<std::byte> bytes = spec_example("record");
    TreeHasher hasher;
    const TreeHash leaf = hasher.leaf(example_record(bytes));
    std::vector<std::byte> elsewhere = bytes;
    place_record(elsewhere, Salt(9), FileOffset(8192));
    const ParsedRecord moved = parse_record(elsewhere, Salt(9), FileOffset(8192));
    REQUIRE(moved.fault == RecordFault::none);
    CHECK(hasher.leaf(moved.record) == leaf);
    RecordView later = example_record(bytes);
    later.durable = Position(6);
    CHECK(hasher.leaf(later) == leaf);
  }

  TEST_CASE(
      "tree hasher: all that an event says changes its leaf, and so does where a field ends") {
    const std::vector<std::byte> bytes = spec_example("record");
    const EventView event = example_record(bytes).event();
    const Tags tags{"order=15"};
    std::set<TreeHash> leaves{leaf_hash(event, PlaceInCommit::last),
                              leaf_hash(event, PlaceInCommit::inside)};
    const auto add = [&](auto change) {
      EventView other = event;
      change(other);
      leaves.insert(leaf_hash(other, PlaceInCommit::last));
    };
    add([](EventView& other) { other.position = Position(8); });
    add([](EventView& other) { other.version = Version(3); });
    add([](EventView& other) { other.time = other.time.next(); });
    add([](EventView& other) { other.id = EventId(); });
    add([](EventView& other) { other.stream = "order-2"; });
    add([](EventView& other) { other.type = "OrderSent"; });
    add([&](EventView& other) { other.tags = tags; });
    add([](EventView& other) { other.tags = {}; });
    add([](EventView& other) { other.data = as_bytes("{}"); });
    add([](EventView& other) { other.metadata = {}; });
    add([](EventView& other) { other.stream = "order-1O", other.type = "rderPaid"; });
    add([](EventView& other) {
      other.data = as_bytes("{\"by\":\"card\"}{}"), other.metadata = {};
    });
    CHECK(leaves.size() == 14);
  }
}

}  // namespace esker::format
