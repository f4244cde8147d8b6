#pragma once

#include <cstdint>
#include <string>

#include "esker/store.hpp"
#include "samples.hpp"
#include "scale/history.hpp"

namespace esker::bench {

/// A store that has taken a history and is closed between the measurements.
struct AgedStore {
  std::string directory;
  const History& history;
  std::uint64_t probes = 0;  ///< How often each thing is tried.
};

/// How long opening takes.
struct Opening {
  Measured measured;
  std::uint64_t unsealed_events = 0;  ///< Of the active segment, which opening reads.
};

/// Opens the store after it has been closed in order.
Opening open_clean(const AgedStore& aged);

/// Opens the store after a process that was appending to it has been killed.
Opening open_killed(const AgedStore& aged);

/// Opens the store after its index has been deleted, so that it is made again from the log.
Measured open_without_index(const AgedStore& aged);

/// Reads random streams, each from its first event to its last, all of which have been read just before.
Measured read_warm(const Store& store, const AgedStore& aged);

/// The same with nothing of the store's files in the page cache, in turn with reading single pages past the store.
struct ColdReads {
  Measured page;            ///< A page of 4 KiB.
  Measured stream;          ///< A whole stream.
  Measured event;           ///< A stream's share of that for each of its events.
  double stream_bytes = 0;  ///< What the kernel has read from the disk for a stream.
  double stayed = 0;  ///< The share of the files' pages that could not be dropped from memory.
};
ColdReads read_cold(const AgedStore& aged);

/// Appends random events of the history again, waiting for each answer.
Measured retry(Store& store, const AgedStore& aged);

/// Appends new events to random streams of the history, expecting nothing of them, waiting for each answer.
Measured append_any(Store& store, const AgedStore& aged);

}  // namespace esker::bench
