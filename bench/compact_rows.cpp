#include <algorithm>
#include <atomic>
#include <iostream>
#include <stdexcept>
#include <thread>

#include "big_store.hpp"
#include "in_process.hpp"
#include "load.hpp"
#include "scratch_directory.hpp"

namespace esker::bench {
namespace {

constexpr int kRounds = 3;
/// How long is appended alone, for each event: up to ten seconds, so that segments are begun meanwhile.
constexpr std::chrono::nanoseconds kTimeOfEvent(5000);
constexpr int kCallers = 16;
constexpr double kGrowthMax = 1.5;
constexpr std::chrono::seconds kWait(1);

/// Has all but the last event of a quarter of the streams released; a quarter that `round` chooses.
void release(Store& store, std::uint64_t round) {
  for (std::uint64_t i = round; i < FilledStore::kStreams; i += kRounds + 1) {
    must(store.set_stream_metadata(FilledStore::stream_name(i), {.max_count = 1}));
  }
}

CompactionStatus finish(Store& store) {
  CompactionStatus status = store.wait_for_compaction(kWait);
  while (status.running) status = store.wait_for_compaction(kWait);
  if (status.failed) throw std::runtime_error("the compaction has failed: " + *status.failed);
  if (status.segments_compacted == 0) {
    throw std::runtime_error("no segment has been compacted: give more events");
  }
  return status;
}

/// One pass that releases a quarter of the events, as fast as it goes.
void add_rate(const std::string& directory, std::vector<Row>& rows) {
  Store store = must(Store::open(directory));
  release(store, 0);
  const auto begin = BenchClock::now();
  must(store.start_compaction({.bytes_per_second = 0}));
  const CompactionStatus status = finish(store);
  const double seconds = std::chrono::duration<double>(BenchClock::now() - begin).count();
  must(store.close());
  const auto before = static_cast<double>(status.bytes_before);
  Row row{.subject = "compact", .name = "a pass at full speed, bytes of segments looked at"};
  row.measured.bytes_per_second = before / seconds;
  rows.push_back(row);
  rows.push_back(amount_row("compact", "share of their bytes that is left",
                            static_cast<double>(status.bytes_after) / before, Unit::ratio));
}

/// Appends while a compaction of the next quarter is under way, which keeps to its usual rate.
Measured append_beside(Store& store, std::uint64_t round) {
  release(store, round);
  must(store.start_compaction());
  std::atomic<bool> running = true;
  const std::jthread watch([&] {
    while (store.wait_for_compaction(kWait).running) {
    }
    running = false;
  });
  Measured measured = append_from_threads(store, kCallers, 1, [&] { return running.load(); });
  measured.bytes_per_second = 0;  // the log shrinks meanwhile
  return measured;
}

/// Appends alone, for `time`, and beside a compaction, in turn.
void add_effect(const std::string& directory, std::chrono::nanoseconds time,
                std::vector<Row>& rows) {
  Store store = must(Store::open(directory));
  std::uint64_t round = 0;
  const auto [limit, result] = in_turn(
      kRounds, [&] { return append_from_threads(store, kCallers, 1, time); },
      [&] {
        const Measured beside = append_beside(store, ++round);
        finish(store);
        return beside;
      });
  must(store.close());
  const std::string name = "one event from each of 16 callers";
  rows.push_back({.subject = "append", .name = name, .measured = limit});
  const double growth = result.p99_us / limit.p99_us;
  rows.push_back({.subject = "append",
                  .name = name + ", beside a compaction at its usual rate",
                  .measured = result,
                  .limit = name + ", by p99",
                  .ratio = growth,
                  .goals = {{"at the 99th percentile at most 1.5 times that of appends alone",
                             growth, kGrowthMax, Unit::ratio, true}}});
}

}  // namespace

Report measure_compaction(const BigStore& options) {
  const ScratchDirectory scratch(options.directory);
  std::cerr << "es-bench: filling a store with " << options.events << " events\n";
  const FilledStore filled(scratch.path() + "/store", options.events);
  Report report;
  report.file_system = must(Store::open(filled.directory())).open_report().file_system;
  std::cerr << "es-bench: compacting it\n";
  add_rate(filled.directory(), report.rows);
  std::cerr << "es-bench: appending, and compacting meanwhile\n";
  add_effect(
      filled.directory(),
      std::min<std::chrono::nanoseconds>(std::chrono::seconds(10), options.events * kTimeOfEvent),
      report.rows);
  return report;
}

}  // namespace esker::bench
