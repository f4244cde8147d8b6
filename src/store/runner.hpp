#pragma once

#include <cstdint>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/mutex.hpp"
#include "esker/function.hpp"
#include "store/background.hpp"
#include "store/sequencer.hpp"

namespace esker::store {

/// The store's threads: two equal workers that step the sequencer in whatever role is free, and one for each background, the log's, the
/// index's and compaction's: a segment is needed soon, and writing a run takes long.
///
/// A lone append is built, written, synced and answered by the one worker that its caller wakes. Waking costs some 50 µs here, so
/// nobody is woken when a thread is about to look anyway, or when the little that waits is best taken up by the worker that
/// is just writing. Without threads (tests) the owner calls `run_until_idle`.
class Runner {
 public:
  Runner(Sequencer& sequencer, std::vector<Background*> backgrounds, io::Clock& clock)
      : sequencer_(sequencer), backgrounds_(std::move(backgrounds)), clock_(clock) {}
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  void start();

  /// Ends the background threads, when their steps are done.
  void stop_background();
  /// Ends all threads, when their steps are done. What has been posted has been run.
  void stop();

  /// The sequencer has something to do.
  void notify();
  /// Runs `task` soon on a worker.
  void post(UniqueFunction<void()> task);

  /// Does all there is to do, on the calling thread. Only without threads.
  void run_until_idle();

 private:
  void work();
  bool work_once();
  void run_background(Background& background);
  bool run_posted();
  bool check();
  bool anything_urgent();
  bool anything_to_do();
  void wake_one() ESKER_REQUIRES(mutex_);
  template <class Function>
  bool guarded(const char* doing, Function function);

  Sequencer& sequencer_;
  const std::vector<Background*> backgrounds_;
  io::Clock& clock_;
  std::vector<std::thread> workers_;
  std::vector<std::thread> background_threads_;

  base::Mutex mutex_;
  base::Condition work_;
  std::vector<UniqueFunction<void()>> posted_ ESKER_GUARDED_BY(mutex_);
  int idle_ ESKER_GUARDED_BY(mutex_) = 0;     // asleep, and not on their way
  int signals_ ESKER_GUARDED_BY(mutex_) = 0;  // sent and not yet received
  int looking_ ESKER_GUARDED_BY(mutex_) =
      0;  // will look for work before they sleep, and do not block before
  bool stopping_ ESKER_GUARDED_BY(mutex_) = false;
};

}  // namespace esker::store
