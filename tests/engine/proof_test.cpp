#include <doctest/doctest.h>

#include <algorithm>

#include "engine/check_same.hpp"
#include "engine/filled_store.hpp"
#include "engine/power_loss.hpp"
#include "esker/proof.hpp"
#include "format/tree_file.hpp"
#include "format/tree_hasher.hpp"
#include "support/must.hpp"

namespace esker::tests {
namespace {

using format::kTreeFileLeaves;

/// The tree's hash as RFC 6962 defines it, made from the leaves each time.
TreeHash tree_of(format::TreeHasher& hasher, std::span<const TreeHash> leaves) {
  if (leaves.empty()) return hasher.empty();
  if (leaves.size() == 1) return leaves.front();
  std::size_t left = 1;
  while (left * 2 < leaves.size()) left *= 2;
  return hasher.node(tree_of(hasher, leaves.first(left)), tree_of(hasher, leaves.subspan(left)));
}

/// A store that keeps a tree, and the leaves that it should have.
class ProvedStore {
 public:
  ProvedStore() {
    store.options.store.proofs = true;
    store.options.store.segment_bytes = store.options.store.segment_bytes_first = 1 << 20;
    REQUIRE(store.open());
  }

  /// Appends a commit of so many small events.
  void append(std::size_t count) {
    const std::vector<OwnedEvent> owned = events(count, leaves.size() + 1);
    must(*store.append({{"account-1", Expected::any(), owned}}));
    const std::uint64_t first = leaves.size() + 1;
    Cursor cursor(must(store.engine().read({.from = first})));
    for (std::size_t i = 1; i <= count; ++i) {
      const std::optional<EventView> event = must(cursor.next());
      REQUIRE(event);
      leaves.push_back(leaf_hash(*event, i == count ? PlaceInCommit::last : PlaceInCommit::inside));
    }
  }

  TreeHash expected(std::uint64_t position) {
    return tree_of(hasher, std::span(leaves).first(position));
  }

  /// Roots at these positions, and proofs from each to the next, are those of the leaves.
  void check(std::span<const std::uint64_t> positions) {
    Root old{Position(), expected(0)};
    for (const std::uint64_t position : positions) {
      CAPTURE(position);
      const Root root = must(store.engine().root(Position(position)));
      CHECK(root == Root{Position(position), expected(position)});
      check_proofs(old, root);
      old = root;
    }
  }

  SimStore store;
  std::vector<TreeHash> leaves;
  format::TreeHasher hasher;

 private:
  void check_proofs(const Root& old, const Root& root) {
    const ConsistencyProof consistency =
        must(store.engine().prove_consistency(old.position, root.position));
    CHECK(check_consistency(consistency, old, root));
    const std::uint64_t end = root.position.value();
    for (const std::uint64_t at : {std::uint64_t{1}, end / 2 + 1, end}) {
      CAPTURE(at);
      const InclusionProof proof =
          must(store.engine().prove_inclusion(Position(at), root.position));
      CHECK(proof.leaf == leaves[at - 1]);
      CHECK(check_inclusion(proof, leaves[at - 1], root));
    }
  }
};

std::vector<std::string> tree_files(SimStore& store) {
  std::vector<std::string> names = store.disk().names();
  std::erase_if(names, [](const std::string& name) { return !name.ends_with(".tree"); });
  return names;
}

std::vector<Root> roots_of(SimStore& store) {
  std::vector<Root> roots;
  const std::uint64_t head = store.engine().info().head.value();
  for (std::uint64_t position = 0; position <= head; position += 37) {
    roots.push_back(must(store.engine().root(Position(position))));
  }
  return roots;
}

}  // namespace

TEST_SUITE("engine") {
  TEST_CASE("proofs: roots and proofs are those of the log's leaves, also after reopening") {
    ProvedStore proved;
    CHECK(must(proved.store.engine().root({})) == Root{Position(), proved.expected(0)});
    for (const std::size_t count : {1, 2, 1, 5, 300, 1}) proved.append(count);
    const std::vector<std::uint64_t> positions{1, 2, 3, 4, 9, 255, 256, 257, 309, 310};
    proved.check(positions);
    REQUIRE(proved.store.close());
    REQUIRE(proved.store.open());
    proved.check(positions);
    CHECK(must(proved.store.engine().root({})).position == Position(310));
  }

  TEST_CASE("proofs: a tree of several files answers for all of them") {
    ProvedStore proved;
    while (proved.leaves.size() < 2 * kTreeFileLeaves + 700) proved.append(1000);
    const std::uint64_t end = proved.leaves.size();
    const std::vector<std::uint64_t> positions{
        1, kTreeFileLeaves - 1, kTreeFileLeaves, kTreeFileLeaves + 1, 2 * kTreeFileLeaves, end};
    proved.check(positions);
    CHECK(tree_files(proved.store).size() >= 2);
    REQUIRE(proved.store.close());
    REQUIRE(proved.store.open());
    proved.check(positions);
    // A file that is lost, or damaged, is made again from the log.
    REQUIRE(proved.store.close());
    proved.store.disk().damage(format::tree_file_name(0), 40, as_bytes("damage"));
    REQUIRE(proved.store.open());
    CHECK(must(proved.store.engine().root(Position(5))).hash == proved.expected(5));
    proved.store.engine().run_until_idle();
    proved.check(positions);
  }

  TEST_CASE("proofs: what is damaged in a file is told, and not believed") {
    ProvedStore proved;
    while (proved.leaves.size() <= kTreeFileLeaves) proved.append(1000);
    proved.store.engine().run_until_idle();
    const std::string name = format::tree_file_name(0);
    const auto reopen_damaged = [&](std::uint64_t offset) {
      REQUIRE(proved.store.close());
      proved.store.disk().damage(name, offset, as_bytes("damage"));
      REQUIRE(proved.store.open());
      proved.store.engine().run_until_idle();
    };
    // The first group's hashes.
    reopen_damaged(format::kTreeFileHeaderBytes + 256 * TreeHash::kBytes + 64);
    const auto damaged = proved.store.engine().prove_inclusion(Position(1), Position(9));
    REQUIRE_FALSE(damaged);
    CHECK(damaged.assume_error().code() == Errc::corrupt);
    CHECK(damaged.assume_error().message().find(name) != std::string::npos);
    CHECK(proved.store.engine().prove_inclusion(Position(5000), Position(kTreeFileLeaves)));
    // The hashes of the groups.
    reopen_damaged(format::kTreeFileHeaderBytes + 100 * TreeHash::kBytes);
    CHECK_FALSE(proved.store.engine().root(Position(256)));
    CHECK(proved.store.engine().root(Position(kTreeFileLeaves)));
  }

  TEST_CASE("proofs: what nothing can be proved of is told") {
    SimStore without;
    REQUIRE(without.open());
    const auto off = without.engine().root({});
    REQUIRE_FALSE(off);
    CHECK(off.assume_error().code() == Errc::not_supported);

    ProvedStore proved;
    proved.append(10);
    store::Engine& engine = proved.store.engine();
    CHECK(engine.root(Position(11)).assume_error().code() == Errc::position_ahead);
    CHECK(engine.prove_inclusion(Position(), {}).assume_error().code() == Errc::invalid_argument);
    CHECK(engine.prove_inclusion(Position(10), Position(9)).assume_error().code() ==
          Errc::invalid_argument);
    CHECK(engine.prove_consistency(Position(10), Position(9)).assume_error().code() ==
          Errc::invalid_argument);
    CHECK(engine.prove_consistency(Position(), {}).has_value());
    REQUIRE(proved.store.close());
    REQUIRE(proved.store.open());
    // Once it keeps a tree it goes on, also when it is opened without the option.
    proved.store.options.store.proofs = false;
    REQUIRE(proved.store.close());
    REQUIRE(proved.store.open());
    proved.append(3);
    const std::vector<std::uint64_t> positions{9, 13};
    proved.check(positions);
  }

  TEST_CASE("proofs: what compaction takes out stays provable") {
    FilledStore filled(1, true);
    SimStore& store = filled.store;
    const std::vector<Root> before = roots_of(store);
    const CompactionStatus status = filled.compact();
    CHECK_FALSE(status.failed);
    CHECK(status.segments_compacted > 0);
    CHECK(roots_of(store) == before);
    REQUIRE(store.close());
    REQUIRE(store.open());
    CHECK(roots_of(store) == before);
    const InclusionProof proof = must(store.engine().prove_inclusion(Position(5), Position(900)));
    CHECK(check_inclusion(proof, proof.leaf, must(store.engine().root(Position(900)))));
    // Without its file nothing can be made of what is gone.
    REQUIRE(store.close());
    REQUIRE(store.disk().open_directory()->remove(format::tree_file_name(0), {"test"}));
    REQUIRE(store.open());
    store.engine().run_until_idle();
    const auto lost = store.engine().root(before.back().position);
    REQUIRE_FALSE(lost);
    CHECK(lost.assume_error().code() == Errc::not_supported);
  }

  TEST_CASE("proofs: a crash at any call, also of compaction, changes no root") {
    std::uint64_t points = 0;
    FilledStore origin(3, true);
    const std::vector<Root> before = roots_of(origin.store);
    const std::unique_ptr<sim::SimDisk> disk = origin.store.disk().clone();
    for (std::uint64_t call = 1;; ++call) {
      CAPTURE(call);
      SimStore store;
      store.use(disk->clone());
      store.disk().crash_process();
      store.reopen_directory();
      store.disk().stop_at_call(store.disk().calls() + call);
      if (store.open()) {
        if (store.engine().start_compaction(kAtOnce)) store.engine().run_until_idle();
      }
      const bool stopped = store.disk().stopped();
      store.drop();
      for_each_power_loss(store.disk(), call, [&](SimStore& after) {
        const auto opened = after.open();
        REQUIRE_MESSAGE(opened.has_value(), opened.assume_error().message());
        CHECK(roots_of(after) == before);
        ++points;
      });
      if (!stopped) break;
    }
    MESSAGE(points, " crash points");
    CHECK(points > 100);
  }
}

}  // namespace esker::tests
