#include "index/memtable.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>

#include "index/index_fixture.hpp"

TEST_SUITE("index") {
  using namespace esker;
  using namespace esker::index;

  namespace {

  std::vector<Posting> copy(const Memtable& memtable, const Term& term) {
    std::vector<Posting> into(100000);
    into.resize(memtable.copy({term, Direction::forwards, 0, 1 << 30}, into));
    return into;
  }

  }  // namespace

  TEST_CASE("memtable: positions whose events are gone count, and have no terms") {
    Memtable memtable(SegmentId(1), Position(1));
    const Term stream{1, 1};
    for (std::uint64_t i = 0; i < 10; ++i) {
      EventTerms terms{stream, {2, 2}, {3, 3}, {4, i}};
      if (i % 4 == 1) terms = {{}, {}, {}, {}, {}, Left::nothing};
      memtable.add(Position(1 + i), terms);
    }
    CHECK(memtable.end() == Position(11));
    CHECK(copy(memtable, stream) == std::vector<Posting>{0, 2, 3, 4, 6, 7, 8});
    CHECK(copy(memtable, {4, 8}) == std::vector<Posting>{8});
    CHECK(copy(memtable, {4, 5}).empty());
    CHECK(copy(memtable, {}).empty());
  }

  TEST_CASE("memtable: it has what was added and its shards are in order") {
    for (const unsigned bits : {128U, 12U, 4U}) {
      CAPTURE(bits);
      EventSource source(1, bits);
      const IndexModel model = make_model(source, 1, 3000);
      const auto memtable = model.memtable(SegmentId(1));
      CHECK(memtable->first() == Position(1));
      CHECK(memtable->end() == Position(3001));
      std::vector<Term> terms;
      for (std::size_t shard = 0; shard < Memtable::kShards; ++shard) {
        for (const auto& entry : memtable->shard(shard)) {
          terms.push_back(entry.term);
          const auto expected =
              model.find(entry.term, Direction::forwards, Position(0), model.end(), 5000);
          REQUIRE(entry.postings().size() == expected.size());
          for (std::size_t i = 0; i < expected.size(); ++i) {
            REQUIRE(expected[i] == Position(1).plus(entry.postings()[i]));
          }
          REQUIRE(std::ranges::equal(copy(*memtable, entry.term), entry.postings()));
        }
      }
      CHECK(terms == model.all_terms());
    }
  }

  TEST_CASE(
      "memtable: an id of several events, and one that is a stream's term too, has all its "
      "postings") {
    Memtable memtable(SegmentId(1), Position(10));
    const Term id{1, 2};
    const Term other{3, 4};
    memtable.add(Position(10), {{5, 5}, {6, 6}, {7, 7}, id});
    memtable.add(Position(11), {{5, 6}, {6, 6}, {7, 7}, id});
    memtable.add(Position(12), {{5, 5}, {6, 6}, {7, 7}, other});
    memtable.add(Position(13), {other, {6, 6}, {7, 7}, {8, 8}});
    memtable.add(Position(14), {{9, 9}, {6, 6}, {7, 7}, {5, 5}});
    CHECK(copy(memtable, id) == std::vector<Posting>{0, 1});
    CHECK(copy(memtable, other) == std::vector<Posting>{2, 3});
    CHECK(copy(memtable, {5, 5}) == std::vector<Posting>{0, 2, 4});
    CHECK(memtable.contained(std::array{id, other, Term{5, 6}, Term{8, 8}}) == 0b1011);
    std::size_t found = 0;
    for (const auto& entry : memtable.shard(0)) {
      CHECK(std::ranges::equal(copy(memtable, entry.term), entry.postings()));
      ++found;
    }
    CHECK(found == 8);
  }

  TEST_CASE("memtable: an event whose terms collide is found once") {
    Memtable memtable(SegmentId(1), Position(10));
    const Term term{1, 2};
    memtable.add(Position(10), {term, term, term, term});
    CHECK(copy(memtable, term) == std::vector<Posting>{0});
    memtable.add(Position(11), {term, term, term, term});
    memtable.add(Position(12), {{5, 5}, {6, 6}, {7, 7}, term});
    memtable.add(Position(13), {term, {6, 6}, {7, 7}, {8, 8}});
    CHECK(copy(memtable, term) == std::vector<Posting>{0, 1, 2, 3});
    CHECK(copy(memtable, {6, 6}) == std::vector<Posting>{2, 3});
    CHECK(copy(memtable, {9, 9}).empty());
  }

  TEST_CASE("memtable: its memory is counted") {
    EventSource source(2);
    Memtable memtable(SegmentId(1), Position(1));
    const std::uint64_t empty = memtable.memory_bytes();
    for (std::uint64_t position = 1; position <= 10000; ++position) {
      memtable.add(Position(position), source.next());
    }
    CHECK(memtable.memory_bytes() > empty + 10000 * 24);
    CHECK(memtable.memory_bytes() < empty + 10000 * 120);
  }
}
