#include "index/merge.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "index/index_fixture.hpp"
#include "sim/sim_disk.hpp"

TEST_SUITE("index") {
  using namespace esker;
  using namespace esker::index;

  namespace {

  /// A directory of the simulated disk, whose syncs cost nothing.
  class Folder {
   public:
    io::Directory& directory() { return *directory_; }
    [[nodiscard]] std::vector<std::byte> read(const std::string& name) const {
      return disk_.bytes(name);
    }
    void remove(SegmentId id) {
      REQUIRE(directory_->remove(run_file_name(id), io::Site{"test"}).has_value());
    }
    /// Overwrites a file with as many bytes.
    void write(const std::string& name, const std::vector<std::byte>& bytes) {
      disk_.damage(name, 0, bytes);
    }

   private:
    sim::SimDisk disk_;
    std::unique_ptr<io::Directory> directory_ = disk_.open_directory();
  };

  std::vector<Source> make_inputs(Folder& folder, const IndexModel& model) {
    std::vector<Source> inputs;
    for (const SegmentKey& key : model.sealed()) {
      inputs.push_back(model.make_source(folder.directory(), key.id));
    }
    return inputs;
  }

  /// Merges in pieces of so many bytes. `pieces` is set to their number.
  Result<std::shared_ptr<Run>> merge(Folder& folder, const std::vector<Source>& inputs,
                                     std::uint64_t piece_bytes, std::size_t* pieces = nullptr) {
    Merge merge(folder.directory(), test_store(), inputs, 0,
                {.merge_piece_bytes = piece_bytes, .merge_sync_bytes = 2 * piece_bytes});
    for (std::size_t count = 1;; ++count) {
      const std::uint64_t before = merge.bytes();
      auto run = merge.step();
      if (!run) {
        merge.abandon();
        return run;
      }
      if (pieces != nullptr) *pieces = count;
      // One list that is buffered until it is whole may come on top.
      REQUIRE(merge.bytes() - before <= piece_bytes + 400'000);
      if (run.value() != nullptr) return run;
    }
  }

  void check_merged(const Run& run, const IndexModel& model, EventSource& source) {
    const std::uint64_t events = model.end().value() - 1;
    std::vector<Term> terms = model.all_terms();
    CHECK(run.footer().terms == terms.size());
    for (int i = 0; i < 50; ++i) terms.push_back(source.next().id);
    for (const Term& term : terms) {
      const Direction direction = source.draw(2) == 0 ? Direction::forwards : Direction::backwards;
      const std::uint64_t begin = source.draw(2) == 0 ? 0 : source.draw(events);
      const std::uint64_t end = source.draw(2) == 0 ? events : source.draw(1ULL << 40);
      const auto found = find_all(run, term, direction, begin, end, 1 + source.draw(300));
      REQUIRE(found.has_value());
      REQUIRE(found.value() ==
              model.find(term, direction, Position(1 + begin), Position(1 + end), 1 << 20));
      CHECK((run.may_contain({&term, 1}).value() == 1 || found.value().empty()));
    }
    CHECK(!run.damaged());
  }

  }  // namespace

  TEST_CASE("merge: the run answers exactly what its inputs did") {
    for (const unsigned bits : {128U, 12U, 3U}) {
      for (const std::size_t segments : {2, 3, 5}) {
        CAPTURE(bits);
        CAPTURE(segments);
        EventSource source(50 + segments, bits);
        const IndexModel model = make_model(source, segments, 700);
        Folder folder;
        const auto run = merge(folder, make_inputs(folder, model), 1000);
        REQUIRE(run.has_value());
        check_merged(*run.value(), model, source);
        CHECK(run.value()->footer().key == run_key_of(model.sealed()));
      }
    }
  }

  TEST_CASE(
      "merge: the same run comes out however it is cut into pieces, and of runs merged before") {
    EventSource source(51);
    const IndexModel model = make_model(source, 4, 300);
    Folder folder;
    const std::vector<Source> inputs = make_inputs(folder, model);
    const std::string name = run_file_name(SegmentId(1), SegmentId(4));
    std::size_t pieces = 0;
    REQUIRE(merge(folder, inputs, 100, &pieces).has_value());
    CHECK(pieces > 200);
    const auto bytes = folder.read(name);
    REQUIRE(merge(folder, inputs, 1 << 20, &pieces).has_value());
    CHECK(pieces == 2);
    CHECK(folder.read(name) == bytes);

    std::vector<Source> halves;
    for (const std::size_t half : {0, 2}) {
      const std::vector<Source> two(inputs.begin() + static_cast<std::ptrdiff_t>(half),
                                    inputs.begin() + static_cast<std::ptrdiff_t>(half + 2));
      const std::vector<SegmentKey> keys{two[0].sealed->front(), two[1].sealed->front()};
      halves.push_back({keys[0].id, keys[0].first, nullptr, merge(folder, two, 500).value(),
                        keep_segments(keys)});
    }
    REQUIRE(merge(folder, halves, 700).has_value());
    CHECK(folder.read(name) == bytes);
  }

  TEST_CASE("merge: long lists are written while they are read") {
    const TermHasher hasher(test_store());
    IndexModel model;
    for (int segment = 0; segment < 3; ++segment) {
      model.begin_segment();
      for (std::uint64_t i = 0; i < 50'000; ++i) {
        model.add({hasher.stream(std::to_string(i % 1000)), hasher.category("all"),
                   hasher.type(i % 3 == 0 ? "some" : "others"),
                   hasher.type(std::to_string(segment * 50'000 + i))});
      }
    }
    model.begin_segment();
    Folder folder;
    const auto run = merge(folder, make_inputs(folder, model), 20'000);
    REQUIRE(run.has_value());
    CHECK(run.value()->footer().lists_end > run.value()->footer().lists_begin + 150'000);
    EventSource source(52);
    for (const Term& term : {hasher.category("all"), hasher.type("others"), hasher.type("some"),
                             hasher.stream("7"), hasher.stream("none")}) {
      for (int i = 0; i < 50; ++i) {
        const Direction direction =
            source.draw(2) == 0 ? Direction::forwards : Direction::backwards;
        const std::uint64_t begin = source.draw(150'000);
        const std::uint64_t end = begin + source.draw(3000);
        REQUIRE(find_all(*run.value(), term, direction, begin, end, 64).value() ==
                model.find(term, direction, Position(1 + begin), Position(1 + end), 1 << 20));
      }
    }
    CHECK(find_all(*run.value(), hasher.category("all"), Direction::backwards, 0, 150'000, 1000)
              .value()
              .size() == 150'000);
  }

  TEST_CASE("merge: inputs whose files are gone are still read") {
    EventSource source(53);
    const IndexModel model = make_model(source, 2, 400);
    Folder folder;
    const std::vector<Source> inputs = make_inputs(folder, model);
    folder.remove(SegmentId(1));
    folder.remove(SegmentId(2));
    const auto run = merge(folder, inputs, 1000);
    REQUIRE(run.has_value());
    check_merged(*run.value(), model, source);
  }

  TEST_CASE("merge: a damaged input is an error and marked, and leaves nothing behind") {
    EventSource source(54);
    const IndexModel model = make_model(source, 2, 60);
    Folder good;
    make_inputs(good, model);
    const auto bytes = good.read(run_file_name(SegmentId(2)));
    std::size_t noticed = 0;
    for (std::size_t at = 0; at < bytes.size() - kRunFooterBytes; at += 1 + source.draw(60)) {
      CAPTURE(at);
      Folder folder;
      std::vector<Source> inputs = make_inputs(folder, model);
      auto flipped = bytes;
      flipped[at] ^= static_cast<std::byte>(1 + source.draw(255));
      folder.write(run_file_name(SegmentId(2)), flipped);
      inputs[1].run =
          Run::open(folder.directory(), test_store(), run_key_of(*inputs[1].sealed)).value();
      const auto run = merge(folder, inputs, 500);
      if (run) {
        // It was where merging does not look: in the filter, or the table of its page.
        check_merged(*run.value(), model, source);
        continue;
      }
      ++noticed;
      REQUIRE(run.error().code() == Errc::corrupt);
      REQUIRE(inputs[1].run->damaged());
      REQUIRE(!inputs[0].run->damaged());
      REQUIRE(folder.directory().list(io::Site{"test"}).value().size() == 2);
    }
    CHECK(noticed > 100);
  }

  TEST_CASE(
      "merge: content that no checksum gives away never makes a run that is not well formed") {
    EventSource source(55);
    const IndexModel model = make_model(source, 2, 40);
    Folder good;
    const RunFooter footer = make_inputs(good, model)[1].run->footer();
    const auto bytes = good.read(run_file_name(SegmentId(2)));
    std::size_t refused = 0;
    for (int trial = 0; trial < 300; ++trial) {
      auto changed = bytes;
      for (std::uint64_t flips = 1 + source.draw(3); flips > 0; --flips) {
        const bool lists = source.draw(2) == 0;
        const std::uint64_t begin = lists ? footer.lists_begin : kRunHeaderBytes;
        const std::uint64_t end =
            lists ? footer.lists_end : kRunHeaderBytes + footer.terms * kTermEntryBytes;
        changed[begin + source.draw(end - begin)] ^= static_cast<std::byte>(1 + source.draw(255));
      }
      renew_checksums(changed, footer);
      Folder folder;
      std::vector<Source> inputs = make_inputs(folder, model);
      folder.write(run_file_name(SegmentId(2)), changed);
      inputs[1].run =
          Run::open(folder.directory(), test_store(), run_key_of(*inputs[1].sealed)).value();
      const auto run = merge(folder, inputs, 500);
      if (!run) {
        ++refused;
        REQUIRE(run.error().code() == Errc::corrupt);
        REQUIRE(inputs[1].run->damaged());
        continue;
      }
      for (const Term& term : model.all_terms()) {
        const auto found = find_all(*run.value(), term, Direction::forwards, 0, 1000, 7);
        REQUIRE(found.has_value());
        REQUIRE(std::ranges::is_sorted(found.value()));
        for (const Position position : found.value()) REQUIRE(position < model.end());
      }
    }
    CHECK(refused > 20);
  }
}
