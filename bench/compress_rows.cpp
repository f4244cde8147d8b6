#include <algorithm>
#include <iostream>
#include <optional>
#include <random>
#include <stdexcept>

#include "big_store.hpp"
#include "in_process.hpp"
#include "io/clock.hpp"
#include "io/directory.hpp"
#include "load.hpp"
#include "log/compression.hpp"
#include "log/log.hpp"
#include "scale/files.hpp"
#include "scratch_directory.hpp"
#include "shop_events.hpp"

namespace esker::bench {
namespace {

constexpr std::size_t kEventsOfCommit = 50;
constexpr std::uint64_t kProbes = 1000;
constexpr double kRatioNeeded = 5;
constexpr double kExtraMicrosecondsMax = 200;
constexpr double kBytesPerSecondNeeded = 500e6;

/// Fills a store and closes it. Returns the bytes of what the application has written: types, data and metadata.
std::uint64_t fill(const std::string& directory, std::uint64_t events) {
  StoreOptions options;
  options.durability = Durability::none();  // filling is not what is measured
  Store store = must(Store::open(directory, options));
  Shop shop(1);
  std::uint64_t bytes = 0;
  std::vector<ShopEvent> waiting;
  const auto append = [&] {
    std::vector<NewEvent> fresh(waiting.size());
    std::vector<StreamAppend> streams;
    for (std::size_t i = 0; i < waiting.size(); ++i) {
      const ShopEvent& event = waiting[i];
      fresh[i] = {Uuid::random(), event.type, as_bytes(event.data), as_bytes(event.metadata)};
      streams.push_back({event.stream, Expected::any(), std::span(fresh).subspan(i, 1)});
      bytes += event.type.size() + event.data.size() + event.metadata.size();
    }
    must(store.append(streams));
    waiting.clear();
  };
  for (std::uint64_t done = 0; done < events; ++done) {
    ShopEvent event = shop.next();
    const bool again = std::ranges::any_of(
        waiting, [&](const ShopEvent& other) { return other.stream == event.stream; });
    if (again || waiting.size() == kEventsOfCommit) append();
    waiting.push_back(std::move(event));
  }
  append();
  must(store.close());
  return bytes;
}

struct Sizes {
  std::uint64_t events = 0;  ///< Of the segments that have been compressed.
  std::uint64_t before = 0;
  std::uint64_t after = 0;
  double seconds = 0;
};

/// Compresses all sealed segments of a closed store.
Sizes compress(const std::string& path) {
  const auto directory = must(io::open_directory(path, {})).directory;
  log::LogOptions options;
  options.segment_bytes = StoreOptions().segment_bytes;
  options.segment_bytes_first = StoreOptions().segment_bytes_first;
  const auto log = must(log::Log::open(*directory, io::system_clock(), options));
  const auto set = log->segments();
  Sizes sizes;
  const auto begin = BenchClock::now();
  for (const auto& segment : set->all()) {
    if (!segment->sealed()) continue;
    log::Compression compression(*directory, segment, log->decoded(), {});
    while (!must(compression.step())) {
    }
    if (compression.compressed() == nullptr) throw std::runtime_error("nothing was gained");
    sizes.events += segment->footer().records;
    sizes.before += segment->stored_bytes();
    sizes.after += compression.compressed()->stored_bytes();
  }
  sizes.seconds = std::chrono::duration<double>(BenchClock::now() - begin).count();
  must(log->close());
  return sizes;
}

/// Single events at random, from files that are not in memory.
Measured read_cold(const std::string& directory, std::uint64_t events) {
  drop_page_cache(directory);
  const Store store = must(Store::open(directory));
  std::mt19937_64 random(7);
  Samples samples;
  const auto begin = BenchClock::now();
  for (std::uint64_t i = 0; i < kProbes; ++i) {
    const auto before = BenchClock::now();
    Cursor cursor = must(store.read({.from = 1 + random() % events, .limit = 1}));
    if (!must(cursor.next())) throw std::runtime_error("an event is missing");
    samples.add(BenchClock::now() - before);
  }
  return summarize(kProbes, 0, BenchClock::now() - begin, samples);
}

/// The first `events` events in order, by one thread, from files that are in memory. The bytes are the records'.
Measured read_all(const std::string& directory, std::uint64_t events) {
  Measured measured;
  // The first round brings the files into memory. What has been decoded in it must not be there in the second.
  for (int round = 0; round < 2; ++round) {
    const Store store = must(Store::open(directory));
    Cursor cursor = must(store.read({.limit = events}));
    std::uint64_t count = 0;
    std::uint64_t bytes = 0;
    const auto begin = BenchClock::now();
    while (const std::optional<EventView> event = must(cursor.next())) {
      ++count;
      bytes += 64 + event->stream.size() + event->type.size() + event->data.size() +
               event->metadata.size();
    }
    Samples none;
    measured = summarize(count, bytes, BenchClock::now() - begin, none);
  }
  return measured;
}

}  // namespace

Report measure_compression(const BigStore& options) {
  const ScratchDirectory scratch(options.directory);
  const std::string directory = scratch.path() + "/store";
  std::cerr << "es-bench: filling a store with " << options.events << " events\n";
  const std::uint64_t written = fill(directory, options.events);
  Report report;
  report.file_system = must(Store::open(directory)).open_report().file_system;

  std::cerr << "es-bench: reading it\n";
  const Measured plain_cold = read_cold(directory, options.events);
  const Measured plain_all = read_all(directory, options.events);
  std::cerr << "es-bench: compressing it\n";
  const Sizes sizes = compress(directory);
  if (sizes.events == 0) throw std::runtime_error("no segment is sealed: give more events");
  std::cerr << "es-bench: reading it again\n";
  const Measured cold = read_cold(directory, sizes.events);
  drop_page_cache(directory);
  const Measured all = read_all(directory, sizes.events);

  const auto events = static_cast<double>(sizes.events);
  const auto before = static_cast<double>(sizes.before);
  const auto after = static_cast<double>(sizes.after);
  report.rows.push_back(
      amount_row("compress", "type, data and metadata of an event",
                 static_cast<double>(written) / static_cast<double>(options.events), Unit::bytes));
  report.rows.push_back(
      amount_row("compress", "an event in a plain segment", before / events, Unit::bytes));
  Row row = amount_row("compress", "an event in a compressed segment", after / events, Unit::bytes);
  row.goals = {{"segments 5 times smaller", before / after, kRatioNeeded}};
  report.rows.push_back(row);
  Row compressing{.subject = "compress", .name = "compressing, and comparing"};
  compressing.measured.bytes_per_second = before / sizes.seconds;
  report.rows.push_back(compressing);
  report.rows.push_back(
      {.subject = "read", .name = "an event, cold, plain", .measured = plain_cold});
  report.rows.push_back(
      {.subject = "read",
       .name = "an event, cold, compressed",
       .measured = cold,
       .limit = "an event, cold, plain",
       .goals = {{"at the median at most 200 µs more than plain", cold.p50_us - plain_cold.p50_us,
                  kExtraMicrosecondsMax, Unit::microseconds, true}}});
  report.rows.push_back({.subject = "read", .name = "all events, plain", .measured = plain_all});
  report.rows.push_back({.subject = "read",
                         .name = "all events, compressed, one core",
                         .measured = all,
                         .limit = "all events, plain",
                         .ratio = all.bytes_per_second / plain_all.bytes_per_second,
                         .goals = {{"at least 500 MB/s of records", all.bytes_per_second,
                                    kBytesPerSecondNeeded, Unit::bytes_per_second}}});
  return report;
}

}  // namespace esker::bench
