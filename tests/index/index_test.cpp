#include "index/index.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "index/index_fixture.hpp"
#include "index/run_format.hpp"

TEST_SUITE("index") {
  using namespace esker;
  using namespace esker::index;

  namespace {

  Result<std::unique_ptr<Index>> open(TempDirectory& temp, const IndexModel& model,
                                      int* reads = nullptr) {
    return Index::open(temp.directory(), io::system_clock(), test_store(), model.sealed(),
                       model.reader(reads));
  }

  /// An index that has been given what the model has in memory: the events of its last segment.
  std::unique_ptr<Index> open_whole(TempDirectory& temp, const IndexModel& model,
                                    int* reads = nullptr) {
    auto index = open(temp, model, reads).value();
    const Position first = model.sealed().empty() ? Position(1) : model.sealed().back().end;
    index->begin_segment(SegmentId(model.sealed().size() + 1), first);
    for (Position at = first; at < model.end(); at = at.next()) index->add(at, model.terms(at));
    return index;
  }

  }  // namespace

  TEST_CASE("index: it answers as the model does whatever is in memory, on disk, or opened again") {
    for (const unsigned bits : {128U, 4U}) {
      for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        CAPTURE(bits);
        CAPTURE(seed);
        EventSource source(seed, bits);
        TempDirectory temp;
        IndexModel model;
        auto index = open_whole(temp, model);
        model.begin_segment();
        for (int round = 0; round < 60; ++round) {
          switch (source.draw(8)) {
            case 0: {  // The next segment; the one before it is sealed now, or left for the next open.
              const SegmentKey before = model.key(SegmentId(model.sealed().size() + 1));
              if (before.first == before.end) break;
              const SegmentId id = model.begin_segment();
              index->begin_segment(id, before.end);
              index->segment_sealed(before);
              break;
            }
            case 1:
              index->background_step();
              break;
            case 2: {
              while (index->background_step()) {
              }
              CHECK(index->stats().work_waiting == 0);
              break;
            }
            case 3:
              index = open_whole(temp, model);
              break;
            case 4:
              check_index(*index, model, source, 1);
              break;
            default:
              for (std::uint64_t events = source.draw(60); events > 0; --events) {
                const EventTerms terms = source.next();
                index->add(model.end(), terms);
                model.add(terms);
              }
          }
        }
        check_index(*index, model, source, 2);
        index = open_whole(temp, model);
        check_index(*index, model, source, 2);
      }
    }
  }

  TEST_CASE("index: the candidates among many terms are all that are there and few others") {
    EventSource source(30);
    const IndexModel model = make_model(source, 3, 500);
    TempDirectory temp;
    const auto index = open_whole(temp, model);
    while (index->background_step()) {
    }
    std::vector<Term> terms = model.all_terms();
    const std::size_t there = terms.size();
    for (int i = 0; i < 1000; ++i) terms.push_back(source.hasher().id(Uuid::random()));
    std::vector<std::uint32_t> candidates;
    REQUIRE(index->find_candidates(terms, candidates));
    REQUIRE(candidates.size() >= there);
    for (std::uint32_t i = 0; i < there; ++i) CHECK(candidates[i] == i);
    CHECK(candidates.size() < there + 100);
  }

  TEST_CASE("index: runs are made of sealed segments only and hold what the memtables held") {
    EventSource source(20);
    const IndexModel model = make_model(source, 3, 100);
    TempDirectory temp;
    IndexModel empty;
    auto index =
        Index::open(temp.directory(), io::system_clock(), test_store(), {}, model.reader()).value();
    for (const SegmentKey& key : model.sealed()) {
      index->begin_segment(key.id, key.first);
      for (Position at = key.first; at < key.end; at = at.next()) index->add(at, model.terms(at));
    }
    CHECK(!index->background_step());
    CHECK(index->stats().runs == 0);
    CHECK(index->stats().memtable_bytes > 300 * 24);
    index->segment_sealed(model.key(SegmentId(1)));
    index->segment_sealed(model.key(SegmentId(2)));
    index->segment_sealed(model.key(SegmentId(2)));  // Telling it twice changes nothing.
    CHECK(index->stats().work_waiting == 2);
    CHECK(index->background_step());
    CHECK(!index->background_step());
    CHECK(!index->background_step());
    const IndexStats stats = index->stats();
    CHECK(stats.runs == 2);
    CHECK(stats.work_waiting == 0);
    CHECK(stats.runs_rebuilt == 0);
    CHECK(stats.run_bytes ==
          temp.read("0000000000000001.run").size() + temp.read("0000000000000002.run").size());
    check_index(*index, model, source, 2);
  }

  TEST_CASE("index: opening reads no segment that has a run") {
    EventSource source(21);
    const IndexModel model = make_model(source, 3, 100);
    TempDirectory temp;
    int reads = 0;
    CHECK(open(temp, model, &reads).value()->stats().runs_rebuilt == 3);
    CHECK(reads == 3);
    const auto index = open(temp, model, &reads).value();
    CHECK(reads == 3);
    CHECK(index->stats().runs_rebuilt == 0);
    CHECK(index->stats().runs == 3);
    check_index(*index, model, source, 2);
  }

  TEST_CASE("index: missing, cut, foreign and stale runs are made again at open") {
    EventSource source(22);
    const IndexModel model = make_model(source, 5, 80);
    TempDirectory temp;
    REQUIRE(open(temp, model).has_value());
    const auto good = temp.read("0000000000000002.run");
    std::filesystem::remove(temp.path("0000000000000001.run"));
    temp.write("0000000000000002.run", {good.begin(), good.end() - 1});
    temp.write("0000000000000003.run", good);
    temp.write("0000000000000004.run", std::vector<std::byte>(10000));
    // A run of another making of the last segment: same id, other salt.
    {
      SegmentKey key = model.key(SegmentId(5));
      key.salt = format::Salt(12345);
      TempDirectory other;
      REQUIRE(
          Index::open(other.directory(), io::system_clock(), test_store(), {key}, model.reader())
              .has_value());
      temp.write("0000000000000005.run", other.read("0000000000000005.run"));
    }
    int reads = 0;
    const auto index = open(temp, model, &reads).value();
    CHECK(reads == 5);
    CHECK(index->stats().runs_rebuilt == 5);
    CHECK(temp.read("0000000000000002.run") == good);
    check_index(*index, model, source, 2);
    CHECK(open(temp, model, &reads).value()->stats().runs_rebuilt == 0);
  }

  TEST_CASE("index: runs of no sealed segment and leftovers are removed, other files stay") {
    EventSource source(23);
    const IndexModel model = make_model(source, 1, 10);
    TempDirectory temp;
    for (const char* name :
         {"0000000000000002.run", "00000000000000ff.run", "0000000000000001.run.tmp", "notes.run",
          "0000000000000001.segment", "0000000000000001.segment.tmp"}) {
      temp.write(name, std::vector<std::byte>(10));
    }
    REQUIRE(open(temp, model).has_value());
    const auto names = temp.directory().list(io::Site{"test"}).value();
    CHECK(names == std::vector<std::string>{"0000000000000001.run", "0000000000000001.segment",
                                            "0000000000000001.segment.tmp", "notes.run"});
  }

  TEST_CASE("index: a run found damaged is rebuilt in the background") {
    EventSource source(24);
    const IndexModel model = make_model(source, 3, 600);
    TempDirectory temp;
    REQUIRE(open(temp, model).has_value());
    const auto good = temp.read("0000000000000002.run");
    auto bad = good;
    for (std::size_t at = 0; at < bad.size() - 300; at += kRunPageBytes)
      bad[at + 100] ^= std::byte{4};
    temp.write("0000000000000002.run", bad);
    int reads = 0;
    const auto index = open(temp, model, &reads).value();
    CHECK(reads == 0);

    const EventTerms terms = model.terms(model.key(SegmentId(2)).first);
    std::vector<Position> positions = {Position(5)};
    const auto found =
        index->find(terms.type, Direction::forwards, Position(1), model.end(), 10000, positions);
    REQUIRE(!found.has_value());
    CHECK(found.error().code() == Errc::corrupt);
    CHECK(found.error().message().find("0000000000000002.run") != std::string::npos);
    CHECK(positions == std::vector<Position>{Position(5)});
    // What does not need the bad run is answered.
    CHECK(index
              ->find(terms.type, Direction::forwards, Position(1), model.key(SegmentId(1)).end,
                     10000, positions)
              .has_value());
    CHECK(index->stats().work_waiting == 1);

    CHECK(index->background_step());
    CHECK(reads == 1);
    CHECK(index->stats().runs == 2);
    check_index(*index, model, source, 1);
    CHECK(!index->background_step());
    CHECK(index->stats().runs == 3);
    CHECK(index->stats().runs_rebuilt == 1);
    CHECK(!index->background_failure());
    check_index(*index, model, source, 1);
    CHECK(temp.read("0000000000000002.run") == good);
  }

  TEST_CASE(
      "index: a segment that cannot be read, or not wholly, is an error and not an empty run") {
    EventSource source(25);
    const IndexModel model = make_model(source, 2, 50);
    TempDirectory temp;
    const auto opened_with = [&](auto read) {
      return Index::open(temp.directory(), io::system_clock(), test_store(), model.sealed(), read);
    };
    using Add = UniqueFunction<void(Position, const EventTerms&)>;
    const auto broken = opened_with(
        [](const SegmentKey&, Add&) -> Result<void> { return Error(Errc::io_error, "no disk"); });
    REQUIRE(!broken.has_value());
    CHECK(broken.error().code() == Errc::io_error);
    const auto shorter = opened_with([&](const SegmentKey& key, Add& add) -> Result<void> {
      for (Position at = key.first; at.next() < key.end; at = at.next()) add(at, model.terms(at));
      return ok();
    });
    REQUIRE(!shorter.has_value());
    CHECK(shorter.error().code() == Errc::corrupt);
    const auto longer = opened_with([&](const SegmentKey& key, Add& add) -> Result<void> {
      for (Position at = key.first; at <= key.end; at = at.next()) add(at, model.terms(at));
      return ok();
    });
    REQUIRE(!longer.has_value());
    CHECK(longer.error().code() == Errc::corrupt);
    CHECK(temp.directory().list(io::Site{"test"}).value().empty());
  }

  TEST_CASE(
      "index: searching while events are added and runs are made finds all that is asked for") {
    EventSource source(26);
    const IndexModel model = make_model(source, 6, 1500);
    TempDirectory temp;
    auto index =
        Index::open(temp.directory(), io::system_clock(), test_store(), {}, model.reader()).value();
    std::atomic<std::uint64_t> visible{0};
    std::atomic<bool> wrong{false};
    std::atomic<bool> done{false};
    {
      std::vector<std::jthread> threads;
      threads.emplace_back([&] {
        for (const SegmentKey& key : model.sealed()) {
          index->begin_segment(key.id, key.first);
          for (Position at = key.first; at < key.end; at = at.next()) {
            index->add(at, model.terms(at));
            visible.store(at.value(), std::memory_order_release);
          }
          index->segment_sealed(key);
        }
        done = true;
      });
      threads.emplace_back([&] {
        while (!done || index->stats().work_waiting > 0) index->background_step();
      });
      for (std::uint64_t reader = 0; reader < 2; ++reader) {
        threads.emplace_back([&, reader] {
          EventSource draws(100 + reader);
          while (!wrong) {
            const bool last_round = done;
            const Position end(visible.load(std::memory_order_acquire) + 1);
            if (end == Position(1)) continue;
            const EventTerms& terms = model.terms(Position(1 + draws.draw(end.value() - 1)));
            const Direction direction =
                draws.draw(2) == 0 ? Direction::forwards : Direction::backwards;
            const Position from(draws.draw(end.value()));
            for (const Term& term : {terms.stream, terms.type, terms.id}) {
              std::vector<Position> found;
              const auto result = index->find(term, direction, from, end, 700, found);
              if (!result || found != model.find(term, direction, from, end, 700)) wrong = true;
            }
            if (last_round) return;
          }
        });
      }
    }
    CHECK(!wrong);
    CHECK(index->stats().runs == 6);
    check_index(*index, model, source, 1);
  }
}
