#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "esker/store.hpp"
#include "samples.hpp"

namespace esker::bench {

/// Appends from `callers` threads, each waiting for its answer before the next append, `events` events a commit.
Measured append_from_threads(Store& store, int callers, std::size_t events,
                             std::chrono::nanoseconds time);

/// The same for as long as `more` says, which is asked before each append, from all threads.
Measured append_from_threads(Store& store, int callers, std::size_t events,
                             const std::function<bool()>& more);

/// Appends with `in_flight` commits of `events` events waiting for their answers at any time, by no thread of our own.
Measured append_in_flight(Store& store, int in_flight, std::size_t events,
                          std::chrono::nanoseconds time);

/// A store that has been filled for reading: `kStreams` streams, interleaved by ten events.
class FilledStore {
 public:
  static constexpr std::uint64_t kStreams = 100;

  /// Fills a new store in `directory` with about `events` events and closes it.
  FilledStore(std::string directory, std::uint64_t events);

  /// Opens and closes the store, for `time`; the latency is that of opening.
  Measured open(std::chrono::nanoseconds time);

  /// Reads what `query` selects, from the beginning to the end, for `time`.
  Measured read(const Query& query, std::chrono::nanoseconds time);

  [[nodiscard]] const std::string& directory() const { return directory_; }
  [[nodiscard]] static std::string stream_name(std::uint64_t number);
  [[nodiscard]] std::uint64_t events() const { return events_; }
  [[nodiscard]] double bytes_per_event() const { return bytes_per_event_; }

 private:
  std::string directory_;
  std::uint64_t events_ = 0;
  double bytes_per_event_ = 0;
};

}  // namespace esker::bench
