#include <doctest/doctest.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "index/index_fixture.hpp"
#include "index/run_files.hpp"
#include "sim/sim_clock.hpp"

TEST_SUITE("index") {
  using namespace esker;
  using namespace esker::index;

  namespace {

  constexpr IndexOptions kAtOnce{.merge_fan_out = 2,
                                 .merge_bytes_per_second = 0,
                                 .merge_piece_bytes = 2'000,
                                 .merge_sync_bytes = 4'000};

  Result<std::unique_ptr<Index>> open(TempDirectory& temp, const IndexModel& model,
                                      int* reads = nullptr, const IndexOptions& options = kAtOnce) {
    return Index::open(temp.directory(), io::system_clock(), test_store(), model.sealed(),
                       model.reader(reads), options);
  }

  void work_off(Index& index) {
    while (index.background_step()) {
    }
  }

  std::vector<std::string> names(TempDirectory& temp) {
    return temp.directory().list(io::Site{"test"}).value();
  }

  std::string name(std::uint64_t first, std::uint64_t last) {
    return run_file_name(SegmentId(first), SegmentId(last));
  }

  /// Changes a byte of each page of a run, the file's own bytes staying as they are for who has it mapped.
  void damage(TempDirectory& temp, const std::string& name) {
    auto bytes = temp.read(name);
    for (std::size_t at = 0; at < bytes.size() - 300; at += kRunPageBytes) {
      bytes[at + 100] ^= std::byte{4};
    }
    temp.write("damaged", bytes);
    REQUIRE(temp.directory().rename("damaged", name, io::Site{"test"}).has_value());
  }

  }  // namespace

  TEST_CASE("index merge: the number of runs is the logarithm of that of segments") {
    EventSource source(70);
    const IndexModel model = make_model(source, 22, 40);
    TempDirectory temp;
    auto index = open(temp, model).value();
    CHECK(index->stats().runs == 22);
    CHECK(index->stats().merges_waiting == 11);
    work_off(*index);
    const IndexStats stats = index->stats();
    CHECK(stats.runs == 3);
    CHECK(stats.runs_of_level == std::vector<std::uint64_t>{0, 1, 1, 0, 1});
    CHECK(stats.merges_waiting == 0);
    CHECK(stats.merged_bytes > stats.run_bytes / 4);
    CHECK(stats.filter_bytes * 8 >= 16 * stats.run_terms);
    CHECK(names(temp) == std::vector<std::string>{name(1, 16), name(17, 20), name(21, 22)});
    check_index(*index, model, source, 2);
    // The next open finds them, and reads no segment.
    int reads = 0;
    index = open(temp, model, &reads).value();
    CHECK(reads == 0);
    CHECK(index->stats().runs == 3);
    CHECK(!index->background_step());
    check_index(*index, model, source, 2);
  }

  TEST_CASE(
      "index merge: memtables that wait are flushed first, and pieces in between have their time") {
    EventSource source(71);
    const IndexModel model = make_model(source, 3, 200);
    TempDirectory temp;
    sim::SimClock clock;
    auto index =
        Index::open(
            temp.directory(), clock, test_store(),
            {model.key(SegmentId(1)), model.key(SegmentId(2))}, model.reader(),
            {.merge_fan_out = 2, .merge_bytes_per_second = 1'000'000, .merge_piece_bytes = 1'000})
            .value();
    CHECK(!index->background_step());
    CHECK(!index->background_step());  // Not due yet.
    REQUIRE(index->merge_due());
    const SegmentKey key = model.key(SegmentId(3));
    index->begin_segment(key.id, key.first);
    for (Position at = key.first; at < key.end; at = at.next()) index->add(at, model.terms(at));
    index->segment_sealed(key);
    clock.advance(std::chrono::seconds(1));
    CHECK(!index->background_step());
    CHECK(index->stats().work_waiting == 0);
    CHECK(index->stats().runs == 3);
    while (const auto due = index->merge_due()) {
      if (*due > clock.monotonic()) clock.advance(*due - clock.monotonic());
      CHECK(!index->background_step());
    }
    CHECK(index->stats().runs == 2);
    check_index(*index, model, source, 2);
  }

  TEST_CASE(
      "index merge: of runs that overlap the one of most segments counts, and the others go") {
    EventSource source(72);
    const IndexModel model = make_model(source, 4, 60);
    TempDirectory temp;
    auto index = open(temp, model).value();
    std::vector<std::vector<std::byte>> singles;
    for (std::uint64_t id = 1; id <= 4; ++id) singles.push_back(temp.read(name(id, id)));
    work_off(*index);
    REQUIRE(names(temp) == std::vector<std::string>{name(1, 4)});
    const auto whole = temp.read(name(1, 4));
    for (std::uint64_t id = 1; id <= 4; ++id) temp.write(name(id, id), singles[id - 1]);
    int reads = 0;
    index = open(temp, model, &reads).value();
    CHECK(reads == 0);
    CHECK(names(temp) == std::vector<std::string>{name(1, 4)});

    // When the large one does not fit, the small ones do.
    for (std::uint64_t id = 1; id <= 3; ++id) temp.write(name(id, id), singles[id - 1]);
    temp.write(name(1, 4), {whole.begin(), whole.end() - 1});
    index = open(temp, model, &reads).value();
    CHECK(reads == 1);
    CHECK(names(temp) == std::vector<std::string>{name(1, 1), name(2, 2), name(3, 3), name(4, 4)});
    check_index(*index, model, source, 2);

    // Of two that overlap in part, one counts, and what only the other has covered is made again.
    work_off(*index);
    {
      TempDirectory other;
      const auto part =
          Index::open(other.directory(), io::system_clock(), test_store(),
                      {model.key(SegmentId(3)), model.key(SegmentId(4))}, model.reader(), kAtOnce);
      work_off(*part.value());
      const auto three =
          Index::open(other.directory(), io::system_clock(), test_store(),
                      {model.key(SegmentId(1)), model.key(SegmentId(2)), model.key(SegmentId(3))},
                      model.reader(), {.merge_fan_out = 3, .merge_bytes_per_second = 0});
      work_off(*three.value());
      std::filesystem::remove(temp.path(name(1, 4)));
      temp.write(name(1, 3), other.read(name(1, 3)));
    }
    reads = 0;
    index = open(temp, model, &reads).value();
    CHECK(reads == 1);
    CHECK(names(temp) == std::vector<std::string>{name(1, 3), name(4, 4)});
    check_index(*index, model, source, 2);
  }

  TEST_CASE("index merge: a run counts only when it fits each segment that it covers") {
    EventSource source(73);
    const IndexModel model = make_model(source, 3, 60);
    TempDirectory temp;
    work_off(
        *open(temp, model, nullptr, {.merge_fan_out = 3, .merge_bytes_per_second = 0}).value());
    REQUIRE(names(temp) == std::vector<std::string>{name(1, 3)});
    const auto good = temp.read(name(1, 3));
    const auto reads_with = [&](const Uuid& store, std::vector<SegmentKey> keys) {
      temp.write(name(1, 3), good);
      for (const char* const left : {"1", "2", "3"}) {
        std::filesystem::remove(temp.path("000000000000000" + std::string(left) + ".run"));
      }
      int reads = 0;
      REQUIRE(Index::open(temp.directory(), io::system_clock(), store, keys, model.reader(&reads))
                  .has_value());
      CHECK(std::filesystem::exists(temp.path(name(1, 3))) == (reads == 0));
      return reads;
    };
    CHECK(reads_with(test_store(), model.sealed()) == 0);
    CHECK(reads_with(Uuid::from_name(Uuid(), "another"), model.sealed()) == 3);
    for (const std::size_t segment : {0, 1, 2}) {
      CAPTURE(segment);
      auto keys = model.sealed();
      keys[segment].salt = format::Salt(5);
      CHECK(reads_with(test_store(), keys) == 3);
    }
    // A run of segments that are not all sealed, or not there, is of no use at all.
    CHECK(reads_with(test_store(), {model.key(SegmentId(1)), model.key(SegmentId(2))}) == 2);
    CHECK(reads_with(test_store(), {model.key(SegmentId(1)), model.key(SegmentId(3))}) == 2);
  }

  TEST_CASE("index merge: a merged run found damaged is made again segment by segment") {
    EventSource source(74);
    const IndexModel model = make_model(source, 8, 300);
    TempDirectory temp;
    work_off(*open(temp, model).value());
    REQUIRE(names(temp) == std::vector<std::string>{name(1, 8)});
    damage(temp, name(1, 8));
    int reads = 0;
    const auto index = open(temp, model, &reads).value();
    CHECK(reads == 0);
    const Term term = model.terms(Position(1)).type;
    const auto find = [&](std::vector<Position>& positions) {
      return index->find(term, Direction::forwards, Position(1), model.end(), 100'000, positions);
    };
    const std::vector<Position> right =
        model.find(term, Direction::forwards, Position(1), model.end(), 100'000);
    std::vector<Position> positions;
    CHECK(!find(positions).has_value());
    std::size_t steps = 0;
    std::size_t most = 0;
    bool again = true;
    while (again) {
      again = index->background_step();
      ++steps;
      most = std::max<std::size_t>(most, index->stats().memtable_bytes);
      // Whole or an error, never a part.
      positions.clear();
      if (find(positions)) {
        CHECK(positions == right);
      } else {
        CHECK(index->stats().work_waiting > 0);
        CHECK(positions.empty());
        CHECK(std::filesystem::exists(temp.path(name(1, 8))));
      }
    }
    CHECK(reads == 8);
    CHECK(steps > 16);
    CHECK(most < 5 * 300 * 200);  // Of eight segments, four at a time.
    CHECK(index->stats().runs_rebuilt == 8);
    CHECK(names(temp) == std::vector<std::string>{name(1, 8)});
    CHECK(index->stats().runs == 1);
    CHECK(!index->background_failure());
    check_index(*index, model, source, 1);
    // It is a new file.
    CHECK(open(temp, model, &reads).has_value());
    CHECK(reads == 8);
    check_index(*open(temp, model).value(), model, source, 1);
  }

  TEST_CASE(
      "index merge: what of a damaged merged run is good is still found while it is made again") {
    EventSource source(75);
    const IndexModel model = make_model(source, 2, 1500);
    TempDirectory temp;
    work_off(*open(temp, model).value());
    auto bytes = temp.read(name(1, 2));
    bytes[200] ^= std::byte{1};  // The first page of the term table.
    temp.write(name(1, 2), bytes);
    const auto broken = [](const SegmentKey&, UniqueFunction<void(Position, const EventTerms&)>&) {
      return Result<void>(Error(Errc::io_error, "no disk"));
    };
    const auto index = Index::open(temp.directory(), io::system_clock(), test_store(),
                                   model.sealed(), broken, kAtOnce)
                           .value();
    std::size_t right = 0;
    for (int round = 0; round < 2; ++round) {
      right = 0;
      for (const Term& term : model.all_terms()) {
        std::vector<Position> found;
        const auto result =
            index->find(term, Direction::backwards, Position(1), model.end(), 10'000, found);
        if (!result) continue;
        ++right;
        REQUIRE(found == model.find(term, Direction::backwards, Position(1), model.end(), 10'000));
      }
      CHECK(right < model.all_terms().size());
      CHECK(right > model.all_terms().size() / 2);
      CHECK(!index->background_step());
      CHECK(index->background_failure()->code() == Errc::io_error);
    }
    CHECK(index->stats().runs == 1);
    CHECK(index->stats().work_waiting == 2);
  }

  TEST_CASE("index merge: searching while runs are merged finds all that is asked for") {
    EventSource source(76);
    const IndexModel model = make_model(source, 16, 200);
    TempDirectory temp;
    const auto index = open(temp, model).value();
    std::atomic<bool> wrong{false};
    std::atomic<bool> done{false};
    {
      std::vector<std::jthread> threads;
      threads.emplace_back([&] {
        work_off(*index);
        done = true;
      });
      for (std::uint64_t reader = 0; reader < 2; ++reader) {
        threads.emplace_back([&, reader] {
          EventSource draws(200 + reader);
          bool last_round = false;
          while (!wrong && !last_round) {
            last_round = done;
            const EventTerms& terms =
                model.terms(Position(1 + draws.draw(model.end().value() - 1)));
            const Direction direction =
                draws.draw(2) == 0 ? Direction::forwards : Direction::backwards;
            const Position from(draws.draw(model.end().value()));
            for (const Term& term : {terms.stream, terms.type, terms.id}) {
              std::vector<Position> found;
              const auto result = index->find(term, direction, from, model.end(), 700, found);
              if (!result || found != model.find(term, direction, from, model.end(), 700)) {
                wrong = true;
              }
              std::vector<std::uint32_t> candidates;
              if (!index->find_candidates({&term, 1}, candidates) || candidates.size() != 1) {
                wrong = true;
              }
            }
          }
        });
      }
    }
    CHECK(!wrong);
    CHECK(index->stats().runs == 1);
    check_index(*index, model, source, 1);
  }
}
