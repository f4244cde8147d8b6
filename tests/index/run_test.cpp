#include "index/run.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "index/index_fixture.hpp"
#include "index/make_run.hpp"
#include "io/guarded_read.hpp"

TEST_SUITE("index") {
  using namespace esker;
  using namespace esker::index;

  namespace {

  const std::string kName = "0000000000000001.run";

  Result<std::shared_ptr<Run>> open(TempDirectory& temp, const IndexModel& model) {
    return Run::open(temp.directory(), test_store(), run_key_of(model.key(SegmentId(1))));
  }

  /// Asks for every term; each answer must be right or an error that marks the run as damaged. Returns how many were right.
  std::size_t check_right_or_reported(const Run& run, const IndexModel& model,
                                      EventSource& source) {
    std::vector<Term> terms = model.all_terms();
    for (int i = 0; i < 5; ++i) terms.push_back(source.next().id);
    std::size_t right = 0;
    for (const Term& term : terms) {
      for (const Direction direction : {Direction::forwards, Direction::backwards}) {
        const auto found = find_all(run, term, direction, 0, 1ULL << 32, 100);
        if (found) {
          REQUIRE(found.value() == model.find(term, direction, Position(0), model.end(), 1 << 20));
          ++right;
        } else {
          REQUIRE(found.error().code() == Errc::corrupt);
          REQUIRE(found.error().message().find(kName) != std::string::npos);
          REQUIRE(run.damaged());
        }
      }
    }
    return right;
  }

  }  // namespace

  TEST_CASE("run: it answers as its segment would") {
    for (const unsigned bits : {128U, 10U, 4U, 1U}) {
      CAPTURE(bits);
      EventSource source(4, bits);
      const IndexModel model = make_model(source, 1, 2500);
      TempDirectory temp;
      const auto run = make_run(temp.directory(), test_store(), model.key(SegmentId(1)),
                                *model.memtable(SegmentId(1)));
      REQUIRE(run.has_value());
      std::vector<Term> terms = model.all_terms();
      for (int i = 0; i < 200; ++i) terms.push_back(source.next().id);
      for (const Term& term : terms) {
        const Direction direction =
            source.draw(2) == 0 ? Direction::forwards : Direction::backwards;
        const std::uint64_t begin = source.draw(2) == 0 ? 0 : source.draw(2600);
        const std::uint64_t end = source.draw(2) == 0 ? 2500 : source.draw(1ULL << 40);
        const auto found =
            find_all(*run.value(), term, direction, begin, end, 1 + source.draw(300));
        REQUIRE(found.has_value());
        REQUIRE(found.value() ==
                model.find(term, direction, Position(1 + begin), Position(1 + end), 5000));
      }
      CHECK(!run.value()->damaged());
    }
  }

  TEST_CASE("run: long lists are entered in the middle from either end") {
    IndexModel model;
    model.begin_segment();
    const TermHasher hasher(test_store());
    EventSource source(5);
    // Gaps of 1, and of many bits: blocks of all widths.
    for (std::uint64_t i = 0; i < 40000; ++i) {
      const bool rare = source.draw(i < 20000 ? 2 : 1000) == 0;
      model.add({hasher.stream(rare ? "rare" : "other"), hasher.category("all"), hasher.type("t"),
                 hasher.stream(std::to_string(i))});
    }
    TempDirectory temp;
    const auto run = make_run(temp.directory(), test_store(), model.key(SegmentId(1)),
                              *model.memtable(SegmentId(1)));
    REQUIRE(run.has_value());
    for (const char* name : {"rare", "other"}) {
      for (int i = 0; i < 300; ++i) {
        const Direction direction =
            source.draw(2) == 0 ? Direction::forwards : Direction::backwards;
        const std::uint64_t begin = source.draw(40000);
        const std::uint64_t end = begin + source.draw(2000);
        const auto found = find_all(*run.value(), hasher.stream(name), direction, begin, end, 64);
        REQUIRE(found.value() == model.find(hasher.stream(name), direction, Position(1 + begin),
                                            Position(1 + end), 5000));
      }
    }
    CHECK(find_all(*run.value(), hasher.category("all"), Direction::backwards, 0, 40000, 1000)
              .value()
              .size() == 40000);
  }

  TEST_CASE("run: every flipped byte is either harmless or reported") {
    EventSource source(6);
    const IndexModel model = make_model(source, 1, 20);
    TempDirectory temp;
    REQUIRE(make_run(temp.directory(), test_store(), model.key(SegmentId(1)),
                     *model.memtable(SegmentId(1)))
                .has_value());
    const std::vector<std::byte> bytes = temp.read(kName);
    const std::size_t footer = bytes.size() - kRunFooterBytes;
    const std::size_t answers = 2 * (model.all_terms().size() + 5);
    for (std::size_t at = 0; at < bytes.size(); at = next_to_damage(bytes, at)) {
      CAPTURE(at);
      // The file's own bytes are changed, so that a mapping which outlives the case never sees a file that was cut.
      auto flipped = bytes;
      flipped[at] ^= static_cast<std::byte>(1 + source.draw(255));
      temp.write("flipped", flipped);
      REQUIRE(temp.directory().rename("flipped", kName, io::Site{"test"}).has_value());
      const auto run = open(temp, model);
      REQUIRE(run.has_value() == (at < footer));
      if (!run) {
        REQUIRE(run.error().code() == Errc::corrupt);
        continue;
      }
      const std::size_t right = check_right_or_reported(*run.value(), model, source);
      // The first page has the term table, which terms that are not there do not need; the second the filter, which everything needs;
      // the third the lists, which terms with one posting do not need; then come the tables.
      const std::size_t page = at / kRunPageBytes;
      const std::size_t at_most = page == 0 ? 10 : page == 2 ? answers - 1 : 0;
      REQUIRE(right <= at_most);
      REQUIRE((right > 10) == (page == 2));
    }
  }

  TEST_CASE("run: in a larger run only what touches the bad page is reported") {
    EventSource source(7);
    const IndexModel model = make_model(source, 1, 1500);
    TempDirectory temp;
    REQUIRE(make_run(temp.directory(), test_store(), model.key(SegmentId(1)),
                     *model.memtable(SegmentId(1)))
                .has_value());
    const std::vector<std::byte> bytes = temp.read(kName);
    const std::size_t answers = 2 * (model.all_terms().size() + 5);
    std::size_t right = 0;
    std::size_t trials = 0;
    for (std::size_t at = source.draw(500); at < bytes.size() - 2000;
         at += 3000 + source.draw(500)) {
      CAPTURE(at);
      auto flipped = bytes;
      flipped[at] ^= std::byte{1};
      temp.write("flipped", flipped);
      REQUIRE(temp.directory().rename("flipped", kName, io::Site{"test"}).has_value());
      const auto run = open(temp, model);
      REQUIRE(run.has_value());
      const std::size_t now = check_right_or_reported(*run.value(), model, source);
      CHECK(now < answers);
      right += now;
      ++trials;
    }
    CHECK(right > trials * answers / 2);
  }

  TEST_CASE("run: it is refused at every shorter and any longer length") {
    EventSource source(8);
    const IndexModel model = make_model(source, 1, 40);
    TempDirectory temp;
    REQUIRE(make_run(temp.directory(), test_store(), model.key(SegmentId(1)),
                     *model.memtable(SegmentId(1)))
                .has_value());
    const std::vector<std::byte> bytes = temp.read(kName);
    std::vector<std::byte> doubled = bytes;
    doubled.insert(doubled.end(), bytes.begin(), bytes.end());
    for (std::size_t length = 0; length <= doubled.size(); length += length < 400 ? 1 : 37) {
      if (length == bytes.size()) continue;
      temp.write(kName, {doubled.begin(), doubled.begin() + static_cast<std::ptrdiff_t>(length)});
      const auto run = open(temp, model);
      REQUIRE(!run.has_value());
      REQUIRE(run.error().code() == Errc::corrupt);
    }
    temp.write(kName, doubled);
    CHECK(!open(temp, model).has_value());
  }

  TEST_CASE("run: one of another store, segment, salt or range is refused") {
    EventSource source(9);
    const IndexModel model = make_model(source, 1, 40);
    TempDirectory temp;
    const SegmentKey key = model.key(SegmentId(1));
    CHECK(open(temp, model).error().code() == Errc::not_found);
    REQUIRE(
        make_run(temp.directory(), test_store(), key, *model.memtable(SegmentId(1))).has_value());
    REQUIRE(open(temp, model).has_value());
    const auto refused = [&](const Uuid& store, const SegmentKey& other) {
      const auto run = Run::open(temp.directory(), store, run_key_of(other));
      return !run && run.error().code() == Errc::corrupt;
    };
    CHECK(refused(Uuid::from_name(Uuid(), "another"), key));
    CHECK(refused(test_store(), {key.id, format::Salt(1), key.first, key.end}));
    CHECK(refused(test_store(), {key.id, key.salt, key.first.next(), key.end}));
    CHECK(refused(test_store(), {key.id, key.salt, key.first, key.end.next()}));
    temp.write("0000000000000002.run", temp.read(kName));
    CHECK(refused(test_store(), {SegmentId(2), key.salt, key.first, key.end}));
  }

  TEST_CASE("run: content that no checksum gives away is still not believed") {
    EventSource source(10);
    const IndexModel model = make_model(source, 1, 60);
    TempDirectory temp;
    REQUIRE(make_run(temp.directory(), test_store(), model.key(SegmentId(1)),
                     *model.memtable(SegmentId(1)))
                .has_value());
    const std::vector<std::byte> bytes = temp.read(kName);
    const RunFooter footer = open(temp, model).value()->footer();
    for (std::size_t at = kRunHeaderBytes; at < footer.pages_begin;
         at = next_to_damage(bytes, at)) {
      auto changed = bytes;
      changed[at] ^= static_cast<std::byte>(1 + source.draw(255));
      renew_checksums(changed, footer);
      temp.write("changed", changed);
      REQUIRE(temp.directory().rename("changed", kName, io::Site{"test"}).has_value());
      const auto run = open(temp, model);
      REQUIRE(run.has_value());
      // Any answer will do but one outside the segment, and none may read outside the file.
      for (const Term& term : model.all_terms()) {
        const auto found = find_all(*run.value(), term, Direction::forwards, 0, 1000, 7);
        if (!found) continue;
        for (const Position position : found.value()) REQUIRE(position < model.end());
      }
    }
  }

  TEST_CASE("run: a file cut short under the mapping is an error with its name") {
    io::install_mapped_read_guard();
    EventSource source(11);
    const IndexModel model = make_model(source, 1, 2000);
    TempDirectory temp;
    const auto run = make_run(temp.directory(), test_store(), model.key(SegmentId(1)),
                              *model.memtable(SegmentId(1)));
    REQUIRE(run.has_value());
    temp.write(kName, {});
    const auto found =
        find_all(*run.value(), model.terms(Position(1)).id, Direction::forwards, 0, 1000, 7);
    REQUIRE(!found.has_value());
    CHECK(found.error().code() == Errc::io_error);
    CHECK(found.error().message().find(kName) != std::string::npos);
    CHECK(run.value()->damaged());
  }
}
