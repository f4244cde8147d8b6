#include "index/id_table.hpp"

#include <doctest/doctest.h>

#include <map>
#include <random>

namespace esker::index {

TEST_SUITE("index") {
  TEST_CASE("id table: it names the first event of each id, also when all ids begin at one place") {
    for (const std::uint64_t spread : {~0ULL, 0xFFULL, 0ULL}) {
      CAPTURE(spread);
      std::mt19937_64 random(spread);
      IdTable table;
      std::map<Term, Posting> expected;
      for (Posting i = 0; i < 3000; ++i) {
        // Few low bits, and no high ones: many begin their search at the same slot, and some are there already.
        const Term id{spread == ~0ULL ? random() : 0, random() & (spread | 0x3FF00000)};
        const auto [place, inserted] = expected.try_emplace(id, i);
        const std::optional<Posting> before = table.add(id);
        REQUIRE(before == (inserted ? std::optional<Posting>() : place->second));
      }
      for (const auto& [id, posting] : expected) {
        table.prefetch(id);
        REQUIRE(table.find(id) == posting);
        REQUIRE(table.find(Term{id.high ^ 1, id.low}) == std::nullopt);
      }
      std::size_t visited = 0;
      for (std::size_t shard = 0; shard < IdTable::kShards; ++shard) {
        visited += table.size(shard);
        table.for_each(shard, [&](const Term& id, Posting posting) {
          REQUIRE(IdTable::shard_of(id) == shard);
          REQUIRE(expected.at(id) == posting);
        });
      }
      CHECK(visited == expected.size());
      CHECK(table.memory_bytes() >= 3000 * sizeof(Term));
    }
  }

  TEST_CASE("id table: when what is expected comes it does not grow, and more may come") {
    std::mt19937_64 random(1);
    IdTable table(10'000);
    const std::size_t slots = table.memory_bytes();
    for (int i = 0; i < 10'000; ++i) table.add({random(), random()});
    CHECK(table.memory_bytes() - slots < 10'500 * sizeof(Term));
    for (int i = 0; i < 20'000; ++i) table.add({random(), random()});
    CHECK(table.memory_bytes() >= 2 * slots + 30'000 * sizeof(Term));
  }

  TEST_CASE("id table: what is skipped counts, and is not found") {
    IdTable table;
    const auto id = [](Posting posting) { return Term{posting * 0x9e3779b97f4a7c15ULL, posting}; };
    for (Posting i = 0; i < 2'000; ++i) {
      if (i % 3 == 0 || i > 1'500) {
        table.skip();
      } else {
        CHECK(table.add(id(i)) == std::nullopt);
      }
    }
    for (Posting i = 0; i < 2'000; ++i) {
      CHECK(table.find(id(i)) ==
            (i % 3 == 0 || i > 1'500 ? std::nullopt : std::optional<Posting>(i)));
    }
  }

  TEST_CASE("id table: an empty one finds nothing") {
    const IdTable table;
    table.prefetch(Term{1, 2});
    CHECK(table.find(Term{1, 2}) == std::nullopt);
  }
}

}  // namespace esker::index
