#include "index/posting_list.hpp"

#include <doctest/doctest.h>

#include <array>
#include <vector>

TEST_SUITE("index") {
  using esker::Direction;
  using esker::index::Posting;
  using esker::index::PostingList;
  using esker::index::select_postings;

  namespace {

  std::vector<Posting> select(std::vector<Posting> postings, Direction direction,
                              std::uint64_t begin, std::uint64_t end, std::size_t max) {
    std::vector<Posting> into(max);
    into.resize(select_postings(postings, {{}, direction, begin, end}, into));
    return into;
  }

  }  // namespace

  TEST_CASE("posting list: it keeps what is added, once") {
    PostingList list;
    CHECK(list.all().empty());
    for (Posting posting = 0; posting < 10000; ++posting) {
      list.append(3 * posting);
      list.append(3 * posting);
    }
    REQUIRE(list.all().size() == 10000);
    for (Posting posting = 0; posting < 10000; ++posting)
      REQUIRE(list.all()[posting] == 3 * posting);
    CHECK(list.memory_bytes() >= 40000);
  }

  TEST_CASE("posting list: selection is half-open, in either direction, and bounded") {
    const std::vector<Posting> postings = {2, 5, 7, 11};
    using Postings = std::vector<Posting>;
    CHECK(select(postings, Direction::forwards, 0, 100, 10) == Postings{2, 5, 7, 11});
    CHECK(select(postings, Direction::forwards, 5, 11, 10) == Postings{5, 7});
    CHECK(select(postings, Direction::forwards, 3, 100, 2) == Postings{5, 7});
    CHECK(select(postings, Direction::backwards, 0, 100, 10) == Postings{11, 7, 5, 2});
    CHECK(select(postings, Direction::backwards, 2, 11, 2) == Postings{7, 5});
    CHECK(select(postings, Direction::forwards, 12, 100, 10).empty());
    CHECK(select(postings, Direction::backwards, 0, 2, 10).empty());
    CHECK(select(postings, Direction::forwards, 1ULL << 40, 1ULL << 41, 10).empty());
    CHECK(select(postings, Direction::forwards, 7, 3, 10).empty());
    CHECK(select({}, Direction::forwards, 0, 100, 10).empty());
  }
}
