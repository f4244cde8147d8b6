#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/mutex.hpp"
#include "index/index.hpp"
#include "io/clock.hpp"
#include "log/log.hpp"

namespace esker::store {

/// The background role of log and index: what it is, when there is something to do, and waiting for it. No thread of its own.
/// Threads: `step` and `wait` from one, the others from any.
class Background {
 public:
  Background(log::Log& log, index::Index& index, io::Clock& clock)
      : log_(log), index_(index), clock_(clock) {}

  /// Does one bounded piece of work. False when there is none left for now.
  bool step();

  /// Waits until there may be something to do. False when the background has been stopped.
  bool wait();

  /// There is something new to do.
  void wake();
  void stop();

  /// A segment has been sealed: the index has a run to write.
  void on_sealed(const log::Segment& segment);

  /// Wakes the background and waits until all its work has been tried once; at most a few seconds. At once when it has been stopped.
  void wait_for_pass();

 private:
  log::Log& log_;
  index::Index& index_;
  io::Clock& clock_;
  base::Mutex mutex_;
  base::Condition work_;
  base::Condition passed_;
  bool woken_ ESKER_GUARDED_BY(mutex_) = false;
  bool stopped_ ESKER_GUARDED_BY(mutex_) = false;
  std::uint64_t passes_ ESKER_GUARDED_BY(mutex_) = 0;
  std::uint64_t sealed_ ESKER_GUARDED_BY(mutex_) =
      0;  // since the last time the index had nothing left to do
};

}  // namespace esker::store
