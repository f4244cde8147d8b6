#pragma once

#include <signal.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "base/mutex.hpp"
#include "esker/function.hpp"

namespace esker::tools {

/// SIGINT, SIGTERM and SIGHUP as a call on a thread of its own: the first one asks the program to end, a second one kills it.
///
/// Made first in `main`, before any other thread, since it blocks the signals for all that start later. SIGINT and SIGHUP stay ignored
/// when they were (`nohup`, a shell's background job). SIGPIPE is ignored: who writes learns it from the call.
class Signals {
 public:
  Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  /// Ends the thread. The signals stay blocked.
  ~Signals();

  /// Calls `handler` on the first signal, or soon when there has been one; it may block. Takes the place of the handler before, and returns
  /// only when that one is not running (any more), so that what it refers to may go. With an empty handler the first signal kills the
  /// program, as it would without this object. Not to be called from a handler.
  void on_stop(UniqueFunction<void()> handler);

  /// Whether there has been a signal.
  [[nodiscard]] bool stopped() const { return stopped_.load(std::memory_order_acquire); }
  /// The same, having waited for one, but no longer than `timeout`.
  [[nodiscard]] bool wait_for(std::chrono::milliseconds timeout) const;
  /// Becomes and stays readable when there has been a signal, to wait for it together with other descriptors.
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  void run();
  void call_handler();

  sigset_t watched_;
  int descriptor_;
  std::atomic<bool> stopped_{false};
  base::Mutex mutex_;
  base::Condition changed_;
  UniqueFunction<void()> handler_ ESKER_GUARDED_BY(mutex_);
  bool running_ ESKER_GUARDED_BY(mutex_) = false;
  bool ending_ ESKER_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace esker::tools
