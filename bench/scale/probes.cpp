#include "scale/probes.hpp"

#include <algorithm>
#include <stdexcept>

#include "load.hpp"
#include "scale/files.hpp"
#include "scale/fill.hpp"

namespace esker::bench {

namespace {

constexpr std::uint64_t kOpens = 5;
constexpr std::uint64_t kKilledEvents = 2000;
/// Few streams a round, since the kernel reads ahead around each page that is missing, and rounds until a 99th percentile means something.
constexpr std::uint64_t kColdRounds = 30;
constexpr std::uint64_t kColdProbesMax = 20;

/// A random event of the history; `purpose` tells measurements apart.
std::uint64_t random_event(const History& history, std::uint64_t purpose, std::uint64_t number) {
  return scatter((purpose << 40) + number + 1) % history.events();
}

/// How long opening takes, and what it found; the store is closed again.
OpenReport open_once(const std::string& directory, Samples& samples) {
  const auto before = BenchClock::now();
  Store store = must(Store::open(directory));
  samples.add(BenchClock::now() - before);
  OpenReport report = store.open_report();
  must(store.close());
  return report;
}

/// Latencies only: how many there were in which time says nothing.
Measured latencies(Samples& samples) { return summarize(0, 0, std::chrono::seconds(1), samples); }

/// Reads the stream of an event; the time from the question to the end.
std::chrono::nanoseconds read_stream(const Store& store, const History& history,
                                     std::uint64_t event) {
  const Query query{.selector = Selector::stream(history.stream_of(event))};
  const auto before = BenchClock::now();
  std::uint64_t events = 0;
  Cursor cursor = must(store.read(query));
  while (must(cursor.next())) ++events;
  const auto elapsed = BenchClock::now() - before;
  if (events < kEventsAStream) throw std::runtime_error(query.selector.name + " is not whole");
  return elapsed;
}

/// Appends one event, waiting for the answer, which is to be `outcome`.
std::chrono::nanoseconds append_one(Store& store, const HistoryEvent& event,
                                    AppendOutcome outcome) {
  const auto before = BenchClock::now();
  const AppendResult result = must(store.append(event.streams()));
  const auto elapsed = BenchClock::now() - before;
  if (result.outcome != outcome) throw std::runtime_error("an append was taken for another");
  return elapsed;
}

/// Whatever tells apart the random choices of one measurement from those of another.
enum Purpose : std::uint64_t { kReadWarm, kReadCold, kRetry, kAppendAny };

}  // namespace

Opening open_clean(const AgedStore& aged) {
  Samples samples;
  Opening opening;
  for (std::uint64_t open = 0; open < kOpens; ++open) {
    const OpenReport report = open_once(aged.directory, samples);
    if (!report.clean) throw std::runtime_error("a store that was closed in order says it was not");
    opening.unsealed_events = report.events_scanned;
  }
  opening.measured = latencies(samples);
  return opening;
}

Opening open_killed(const AgedStore& aged) {
  Samples samples;
  Opening opening;
  for (std::uint64_t kill = 0; kill < kOpens; ++kill) {
    fill_and_kill(aged.directory, aged.history, aged.history.events() + kill * kKilledEvents,
                  kKilledEvents);
    const OpenReport report = open_once(aged.directory, samples);
    if (report.clean) throw std::runtime_error("a store that was not closed says it was");
    opening.unsealed_events = report.events_scanned;
  }
  opening.measured = latencies(samples);
  return opening;
}

Measured open_without_index(const AgedStore& aged) {
  remove_runs(aged.directory);
  Samples samples;
  open_once(aged.directory, samples);
  return latencies(samples);
}

Measured read_warm(const Store& store, const AgedStore& aged) {
  Samples samples;
  for (const bool measured : {false, true}) {
    for (std::uint64_t probe = 0; probe < aged.probes; ++probe) {
      const auto elapsed =
          read_stream(store, aged.history, random_event(aged.history, kReadWarm, probe));
      if (measured) samples.add(elapsed);
    }
  }
  return latencies(samples);
}

// In rounds, since whatever is read, and what the kernel reads around it, is then in memory for the next.
ColdReads read_cold(const AgedStore& aged) {
  const std::uint64_t probes = std::min(aged.probes, kColdProbesMax);
  const PageReads page_reads(aged.directory);
  Samples pages;
  Samples streams;
  Samples events;
  ColdReads cold;
  for (std::uint64_t round = 0; round < kColdRounds; ++round) {
    cold.stayed = std::max(cold.stayed, drop_page_cache(aged.directory));
    page_reads.read(probes, round, pages);
    drop_page_cache(aged.directory);
    Store store = must(Store::open(aged.directory));
    drop_page_cache(aged.directory);  // what opening has read but not mapped
    const std::uint64_t bytes = bytes_from_disk();
    for (std::uint64_t probe = 0; probe < probes; ++probe) {
      const std::uint64_t number = round * probes + probe;
      const auto elapsed =
          read_stream(store, aged.history, random_event(aged.history, kReadCold, number));
      streams.add(elapsed);
      events.add(elapsed / kEventsAStream);
    }
    cold.stream_bytes += static_cast<double>(bytes_from_disk() - bytes);
    must(store.close());
  }
  cold.stream_bytes /= static_cast<double>(streams.count());
  cold.page = latencies(pages);
  cold.stream = latencies(streams);
  cold.event = latencies(events);
  return cold;
}

Measured retry(Store& store, const AgedStore& aged) {
  Samples samples;
  HistoryEvent event;
  for (std::uint64_t probe = 0; probe < aged.probes; ++probe) {
    event.become(aged.history, random_event(aged.history, kRetry, probe));
    samples.add(append_one(store, event, AppendOutcome::already_there));
  }
  return latencies(samples);
}

Measured append_any(Store& store, const AgedStore& aged) {
  Samples samples;
  HistoryEvent event;
  const std::uint64_t events = aged.history.events();
  const std::uint64_t repeated = 2 + kOpens * kKilledEvents / events;
  for (std::uint64_t probe = 0; probe < aged.probes; ++probe) {
    // The history once more for each, so that the stream is an old one and the id has not been there.
    event.become(aged.history,
                 (repeated + probe) * events + random_event(aged.history, kAppendAny, probe));
    samples.add(append_one(store, event, AppendOutcome::written));
  }
  return latencies(samples);
}

}  // namespace esker::bench
