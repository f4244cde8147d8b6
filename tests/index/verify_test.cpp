#include "index/verify.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

#include "base/byte_order.hpp"
#include "format/checksum.hpp"
#include "index/index_fixture.hpp"
#include "index/run_format.hpp"

TEST_SUITE("index") {
  using namespace esker;
  using namespace esker::index;

  namespace {

  const std::string kName = "0000000000000001.run";

  struct Verified {
    RunReport report;
    std::vector<std::uint64_t> offsets;
  };

  Verified verify(TempDirectory& temp, const IndexModel& model, const IndexModel& records) {
    Verified verified;
    auto reader = records.reader();
    UniqueFunction<void(const RunFault&)> on_fault = [&](const RunFault& fault) {
      CHECK(fault.file == temp.path(kName));
      CHECK(!fault.reason.empty());
      verified.offsets.push_back(fault.offset.value());
    };
    const SegmentKey key = model.key(SegmentId(1));
    verified.report =
        verify_run(temp.directory(), test_store(), {&key, 1}, reader, on_fault).value();
    CHECK(verified.report.faults == verified.offsets.size());
    return verified;
  }

  void build(TempDirectory& temp, const IndexModel& model) {
    auto reader = model.reader();
    UniqueFunction<void(std::uint64_t)> on_run = [](std::uint64_t) {};
    REQUIRE(
        rebuild_runs(temp.directory(), test_store(), model.sealed(), reader, on_run).has_value());
  }

  }  // namespace

  TEST_CASE("verify: a good run has no faults, a missing one is no fault") {
    EventSource source(40);
    const IndexModel model = make_model(source, 1, 3000);
    TempDirectory temp;
    CHECK(!verify(temp, model, model).report.present);
    build(temp, model);
    const RunReport report = verify(temp, model, model).report;
    CHECK(report.present);
    CHECK(report.faults == 0);
    CHECK(report.terms == model.all_terms().size());
    CHECK(report.bytes == temp.read(kName).size());
  }

  TEST_CASE("verify: every flipped byte is a fault") {
    EventSource source(41);
    const IndexModel model = make_model(source, 1, 30);
    TempDirectory temp;
    build(temp, model);
    const auto bytes = temp.read(kName);
    for (std::size_t at = 0; at < bytes.size(); at = next_to_damage(bytes, at)) {
      CAPTURE(at);
      auto flipped = bytes;
      flipped[at] ^= static_cast<std::byte>(1 + source.draw(255));
      temp.write(kName, flipped);
      REQUIRE(verify(temp, model, model).report.faults > 0);
    }
  }

  TEST_CASE("verify: each bad page is named by its offset") {
    EventSource source(42);
    const IndexModel model = make_model(source, 1, 3000);
    TempDirectory temp;
    build(temp, model);
    auto bytes = temp.read(kName);
    bytes[3 * kRunPageBytes] ^= std::byte{1};
    bytes[8 * kRunPageBytes - 1] ^= std::byte{1};
    temp.write(kName, bytes);
    CHECK(verify(temp, model, model).offsets ==
          std::vector<std::uint64_t>{3 * kRunPageBytes, 7 * kRunPageBytes});
  }

  TEST_CASE("verify: a run that is whole but not of these records is found out") {
    EventSource source(43);
    const IndexModel model = make_model(source, 1, 300);
    IndexModel other;
    other.begin_segment();
    for (std::uint64_t at = 1; at <= 300; ++at) {
      EventTerms terms = model.terms(Position(at));
      if (at == 150) terms.type = source.hasher().type("never seen");
      other.add(terms);
    }
    other.begin_segment();
    TempDirectory temp;
    build(temp, model);
    // The type that lost an event, and the new one.
    CHECK(verify(temp, model, other).report.faults == 2);
  }

  TEST_CASE("verify: rebuilding replaces all runs and removes what belongs to no segment") {
    EventSource source(44);
    const IndexModel model = make_model(source, 3, 100);
    TempDirectory temp;
    build(temp, model);
    const auto good = temp.read(kName);
    temp.write(kName, std::vector<std::byte>(77));
    temp.write("0000000000000002.run.tmp", good);
    temp.write("0000000000000009.run", good);
    auto reader = model.reader();
    std::vector<std::uint64_t> done;
    UniqueFunction<void(std::uint64_t)> on_run = [&](std::uint64_t count) {
      done.push_back(count);
    };
    const auto report =
        rebuild_runs(temp.directory(), test_store(), model.sealed(), reader, on_run);
    REQUIRE(report.has_value());
    CHECK(report.value().built == 3);
    CHECK(report.value().removed == 2);
    CHECK(report.value().bytes > 3 * 4096);
    CHECK(done == std::vector<std::uint64_t>{1, 2, 3});
    CHECK(temp.read(kName) == good);
    CHECK(temp.directory().list(io::Site{"test"}).value().size() == 3);
  }

  TEST_CASE("verify: a merged run is held against all of its segments") {
    EventSource source(45);
    const IndexModel model = make_model(source, 3, 400);
    TempDirectory temp;
    const std::string name = run_file_name(SegmentId(1), SegmentId(3));
    {
      const auto index =
          Index::open(temp.directory(), io::system_clock(), test_store(), model.sealed(),
                      model.reader(), {.merge_fan_out = 3, .merge_bytes_per_second = 0});
      while (index.value()->background_step()) {
      }
      REQUIRE(temp.directory().list(io::Site{"test"}).value() == std::vector<std::string>{name});
    }
    const auto faults = [&](const IndexModel& records) {
      auto reader = records.reader();
      std::uint64_t count = 0;
      UniqueFunction<void(const RunFault&)> on_fault = [&](const RunFault& fault) {
        CHECK(fault.file == temp.path(name));
        ++count;
      };
      const auto report =
          verify_run(temp.directory(), test_store(), model.sealed(), reader, on_fault);
      CHECK(report.value().present);
      CHECK(report.value().faults == count);
      return count;
    };
    CHECK(faults(model) == 0);
    // One event of each segment in turn has another type in the log than in the index.
    for (const std::uint64_t wrong : {7, 450, 1199}) {
      CAPTURE(wrong);
      IndexModel other;
      for (std::uint64_t at = 1; at < model.end().value(); ++at) {
        if (at % 400 == 1) other.begin_segment();
        EventTerms terms = model.terms(Position(at));
        if (at == wrong) terms.type = source.hasher().type("never seen");
        other.add(terms);
      }
      other.begin_segment();
      CHECK(faults(other) == 2);
    }
    auto bytes = temp.read(name);
    bytes[2 * kRunPageBytes] ^= std::byte{1};
    temp.write(name, bytes);
    CHECK(faults(model) == 1);
  }

  TEST_CASE("verify: rebuilding makes a run for each segment, and then merged ones go") {
    EventSource source(46);
    const IndexModel model = make_model(source, 4, 50);
    TempDirectory temp;
    {
      const auto index =
          Index::open(temp.directory(), io::system_clock(), test_store(), model.sealed(),
                      model.reader(), {.merge_fan_out = 2, .merge_bytes_per_second = 0});
      while (index.value()->background_step()) {
      }
    }
    const std::string merged = run_file_name(SegmentId(1), SegmentId(4));
    auto reader = model.reader();
    UniqueFunction<void(std::uint64_t)> on_run = [&](std::uint64_t) {
      CHECK(std::filesystem::exists(temp.path(merged)));
    };
    const auto report =
        rebuild_runs(temp.directory(), test_store(), model.sealed(), reader, on_run);
    REQUIRE(report.has_value());
    CHECK(report.value().built == 4);
    CHECK(report.value().removed == 0);
    CHECK(!std::filesystem::exists(temp.path(merged)));
    CHECK(temp.directory().list(io::Site{"test"}).value().size() == 4);
  }
}
