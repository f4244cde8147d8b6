#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "esker/store.hpp"
#include "samples.hpp"
#include "scale/history.hpp"

namespace esker::bench {

/// How fast a store took its history: as a whole, and each tenth of it in events a second.
struct Fill {
  Measured whole;
  std::array<double, 10> tenths{};
};

/// Appends the events [`first`, `first` + `count`) of `history`, one a commit, with many commits in flight. `count` is at least 10.
Fill fill(Store& store, const History& history, std::uint64_t first, std::uint64_t count);

/// Opens the store in `directory` in a process of its own, appends as `fill` does, and kills that process before it closes the store.
/// No other thread may run meanwhile.
void fill_and_kill(const std::string& directory, const History& history, std::uint64_t first,
                   std::uint64_t count);

/// One event of a history, ready to be appended.
class HistoryEvent {
 public:
  HistoryEvent();
  HistoryEvent(const HistoryEvent&) = delete;
  HistoryEvent& operator=(const HistoryEvent&) = delete;

  /// Turns this into event `number`. It must not be waiting for an answer.
  void become(const History& history, std::uint64_t number);
  [[nodiscard]] std::span<const StreamAppend> streams() const { return {&append_, 1}; }

 private:
  std::string stream_;
  NewEvent event_;
  StreamAppend append_;
};

}  // namespace esker::bench
