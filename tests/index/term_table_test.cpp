#include "index/term_table.hpp"

#include <doctest/doctest.h>

#include <map>
#include <random>

namespace esker::index {

TEST_SUITE("index") {
  TEST_CASE("term table: it holds what a map holds, also when all terms begin at one place") {
    for (const std::uint64_t spread : {~0ULL, 0xFFULL, 0ULL}) {
      CAPTURE(spread);
      std::mt19937_64 random(spread);
      TermTable table;
      std::map<Term, Posting> expected;
      for (Posting i = 0; i < 3000; ++i) {
        // Few low bits, and no high ones: many begin their search at the same entry.
        const Term term{spread == ~0ULL ? random() : 0, random() & (spread | 0x3FF00000)};
        const auto [slot, is_new] = table.try_emplace(term, TermSlot{i, 0});
        const auto [place, inserted] = expected.try_emplace(term, i);
        REQUIRE(is_new == inserted);
        REQUIRE(slot->only == place->second);
      }
      CHECK(table.size() == expected.size());
      for (const auto& [term, posting] : expected) {
        table.prefetch(term);
        const TermSlot* slot = table.find(term);
        REQUIRE(slot != nullptr);
        CHECK(slot->only == posting);
        CHECK(table.find(Term{term.high ^ 1, term.low ^ 1}) == nullptr);
      }
      std::size_t visited = 0;
      table.for_each([&](const Term& term, const TermSlot& slot) {
        ++visited;
        CHECK(expected.at(term) == slot.only);
      });
      CHECK(visited == expected.size());
    }
  }

  TEST_CASE("term table: an empty one finds nothing and takes no memory") {
    const TermTable table;
    table.prefetch(Term{1, 2});
    CHECK(table.find(Term{1, 2}) == nullptr);
    CHECK(table.memory_bytes() == 0);
  }
}

}  // namespace esker::index
