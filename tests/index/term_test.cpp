#include "index/term.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

TEST_SUITE("index") {
  using esker::Uuid;
  using esker::index::Term;
  using esker::index::TermHasher;

  namespace {

  const Uuid kStore = Uuid::parse("00112233-4455-6677-8899-aabbccddeeff").value();

  }  // namespace

  TEST_CASE("term: kinds, values and stores give different terms") {
    const TermHasher hasher(kStore);
    const TermHasher other(Uuid::parse("ff112233-4455-6677-8899-aabbccddeeff").value());
    std::set<Term> terms;
    for (const TermHasher& each : {hasher, other}) {
      for (const std::size_t bytes :
           {0U, 1U, 15U, 16U, 17U, 128U, 129U, 240U, 241U, 512U, 513U, 2000U}) {
        const std::string value(bytes, 'x');
        terms.insert({each.stream(value), each.category(value), each.type(value)});
      }
      terms.insert(each.id(kStore));
    }
    CHECK(terms.size() == 2 * (12 * 3 + 1));
  }

  TEST_CASE("term: the examples of the format specification hold") {
    // format-spec.md, "Term". The values were made by XXH3_128bits_withSeed of the library, not by this code.
    const TermHasher hasher(kStore);
    CHECK(hasher.stream("account-1") == Term{0x1a3b3d32ef2022a8, 0x27c90fd447ce9688});
    CHECK(hasher.category("account") == Term{0x4ad0f102a2573bdb, 0x4e203e6c7b413daa});
    CHECK(hasher.type("deposited") == Term{0xe8cbb9c5536ff609, 0xc6c625d490adcf2a});
    CHECK(hasher.id(kStore) == Term{0x11ee4357bf9f89be, 0x7a8a78918a6eab58});
  }

  TEST_CASE("term: fewer bits keep the first ones") {
    const Term whole = TermHasher(kStore).stream("account-1");
    for (const unsigned bits : {1U, 4U, 63U, 64U, 65U, 127U}) {
      const Term cut = TermHasher(kStore, bits).stream("account-1");
      CHECK(cut.high == (bits >= 64 ? whole.high : whole.high >> (64 - bits) << (64 - bits)));
      CHECK(cut.low == (bits <= 64 ? 0 : whole.low >> (128 - bits) << (128 - bits)));
    }
  }
}
