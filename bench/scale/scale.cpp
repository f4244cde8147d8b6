#include "big_store.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <sstream>
#include <stdexcept>

#include "load.hpp"
#include "raw_disk.hpp"
#include "scale/fill.hpp"
#include "scale/memory_watch.hpp"
#include "scale/probes.hpp"
#include "scale/rows.hpp"
#include "scratch_directory.hpp"

namespace esker::bench {

namespace {

constexpr std::uint64_t kBytesAnEvent = 450;  // on disk, with index and what is prepared ahead
constexpr std::uint64_t kProbes = 5000;
constexpr std::uint64_t kEventsAProbe = 20;  // at least: a small store is asked less often
constexpr std::chrono::milliseconds kRawTime(500);
constexpr std::size_t kSmallestWrite = 4 << 10;

void require_space(const BigStore& options) {
  const std::uint64_t needed = options.events / 100 * 101 * kBytesAnEvent;
  const std::uint64_t there = std::filesystem::space(options.directory).available;
  if (there >= needed) return;
  constexpr double kGigabyte = 1e9;
  std::ostringstream message;
  message.precision(3);
  message << grouped(options.events) << " events need about "
          << static_cast<double>(needed) / kGigabyte << " GB in " << options.directory
          << ", where there are " << static_cast<double>(there) / kGigabyte
          << " GB; choose another --directory, or fewer --events";
  throw std::runtime_error(message.str());
}

std::uint64_t probes_of(const History& history) {
  return std::clamp<std::uint64_t>(history.events() / kEventsAProbe, 10, kProbes);
}

/// Fills the store and closes it.
void grow(const AgedStore& store, Aged& aged) {
  std::cerr << "es-bench: appending " << grouped(store.history.events()) << " events\n";
  MemoryWatch memory;
  Store opened = must(Store::open(store.directory));
  aged.file_system = opened.open_report().file_system;
  aged.filled = fill(opened, store.history, 0, store.history.events());
  aged.filling_memory_bytes = memory.peak_bytes();
  must(opened.close());
}

/// Asks the grown store.
void ask(const AgedStore& store, Aged& aged) {
  std::cerr << "es-bench: opening, reading and appending at " << grouped(store.history.events())
            << " events\n";
  aged.clean = open_clean(store);
  aged.killed = open_killed(store);
  MemoryWatch memory;
  Store opened = must(Store::open(store.directory));
  aged.read_warm = read_warm(opened, store);
  aged.reading_memory_bytes = memory.peak_bytes();
  aged.info = opened.info();
  aged.retried = retry(opened, store);
  aged.appended = append_any(opened, store);
  must(opened.close());
}

Aged measure(const AgedStore& store) {
  Aged aged;
  aged.events = store.history.events();
  aged.streams = store.history.streams();
  grow(store, aged);
  ask(store, aged);
  return aged;
}

}  // namespace

Report measure_scale(const BigStore& options) {
  require_space(options);
  const ScratchDirectory scratch(options.directory);
  const ScratchDirectory large(scratch.path());
  Findings found;
  {
    const History history(options.events / 100);
    const ScratchDirectory directory(scratch.path());
    found.small = measure({directory.path(), history, probes_of(history)});
  }
  const History history(options.events);
  const AgedStore store{large.path(), history, probes_of(history)};
  found.large = measure(store);
  {
    const ScratchDirectory directory(scratch.path());
    RawDisk disk(directory.path());
    found.raw_sync = disk.write_and_sync(kSmallestWrite, kRawTime);
  }
  std::cerr << "es-bench: reading with the page cache dropped\n";
  found.cold = read_cold(store);
  std::cerr << "es-bench: making the index again\n";
  found.index_made_again = open_without_index(store);
  return {found.large.file_system, rows_of(found)};
}

}  // namespace esker::bench
