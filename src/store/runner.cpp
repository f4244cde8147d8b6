#include "store/runner.hpp"

#include <algorithm>
#include <exception>

#include "io/process.hpp"

namespace esker::store {
namespace {

constexpr int kWorkers = 2;

/// While one worker writes, the other is woken when this much waits: less is encoded sooner than a thread wakes up.
constexpr std::uint64_t kWorthWakingBytes = 64 << 10;

/// While one worker tells so many answers, the other goes on with what waits.
constexpr std::size_t kManyAnswers = 16;

/// Tasks call handlers, which must not throw: that ends the process here, not in the middle of our state.
void run_all(std::vector<UniqueFunction<void()>>& tasks) noexcept {
  for (UniqueFunction<void()>& task : tasks) task();
}

}  // namespace

Runner::~Runner() { stop(); }

void Runner::start() {
  {
    base::MutexLock lock(mutex_);
    looking_ = kWorkers;
  }
  for (int i = 0; i < kWorkers; ++i) workers_.emplace_back([this] { work(); });
  for (Background* background : backgrounds_) {
    background_threads_.emplace_back([this, background] { run_background(*background); });
  }
}

// What nobody expected (memory) stops the store, not the process, and not the threads: they still have answers to give.
template <class Function>
bool Runner::guarded(const char* doing, Function function) {
  try {
    return function();
  } catch (const std::exception& exception) {
    sequencer_.fail(doing, exception);
    notify();  // there are answers to give
    return false;
  }
}

void Runner::stop_background() {
  // In turn: what the log has sealed is the index's last work.
  for (std::size_t i = 0; i < background_threads_.size(); ++i) {
    backgrounds_[i]->stop();
    background_threads_[i].join();
  }
  background_threads_.clear();
}

void Runner::stop() {
  stop_background();
  {
    base::MutexLock lock(mutex_);
    stopping_ = true;
    work_.notify_all();
  }
  for (std::thread& worker : workers_) worker.join();
  workers_.clear();
  run_posted();
}

void Runner::run_background(Background& background) {
  if (background.urgency() == Urgency::none) io::yield_to_others();
  do {
    while (guarded("background work stopped: ", [&background] { return background.step(); })) {
    }
  } while (background.wait());
}

void Runner::wake_one() {
  if (idle_ == 0) return;
  --idle_;
  ++signals_;
  ++looking_;  // on its behalf, so that nobody wakes the other one too
  work_.notify_one();
}

void Runner::notify() {
  // Asked before the lock: a worker that stops writing afterwards looks for work in any case.
  const bool small = sequencer_.writing() && sequencer_.waiting_bytes() < kWorthWakingBytes;
  base::MutexLock lock(mutex_);
  if (looking_ == 0 && !small) wake_one();
}

void Runner::post(UniqueFunction<void()> task) {
  base::MutexLock lock(mutex_);
  posted_.push_back(std::move(task));
  if (looking_ == 0) wake_one();
}

bool Runner::run_posted() {
  std::vector<UniqueFunction<void()>> tasks;
  {
    base::MutexLock lock(mutex_);
    std::swap(tasks, posted_);
  }
  run_all(tasks);
  return !tasks.empty();
}

bool Runner::anything_urgent() {
  return sequencer_.can_build() || sequencer_.can_write() || sequencer_.undelivered() > 0;
}

bool Runner::anything_to_do() { return anything_urgent() || sequencer_.can_check(); }

// Looking at a condition takes long, so whoever does it is as busy as one who writes.
bool Runner::check() {
  if (!sequencer_.can_check()) return false;
  {
    base::MutexLock lock(mutex_);
    --looking_;
    if (looking_ == 0 && (!posted_.empty() || anything_urgent())) wake_one();
  }
  const bool worked = sequencer_.check_step();
  base::MutexLock lock(mutex_);
  ++looking_;
  return worked;
}

bool Runner::work_once() {
  bool worked = run_posted();
  worked = sequencer_.step() || worked;
  sequencer_.deliver();
  if (!sequencer_.can_write()) return check() || worked;
  {
    base::MutexLock lock(mutex_);
    --looking_;  // about to block
    if (looking_ == 0 && sequencer_.waiting_bytes() >= kWorthWakingBytes) wake_one();
  }
  worked = sequencer_.write_step() || worked;
  const bool many = sequencer_.undelivered() >= kManyAnswers && anything_urgent();
  {
    base::MutexLock lock(mutex_);
    ++looking_;
    if (many) wake_one();
  }
  sequencer_.deliver();
  // A piece for each write: under a steady load a condition that takes long has its turn, too.
  return check() || worked;
}

void Runner::work() {
  while (true) {
    if (guarded("a worker stopped: ", [this] { return work_once(); })) continue;
    base::MutexLock lock(mutex_);
    --looking_;
    // Looked at under the lock: whoever brings work later finds nobody looking, and wakes.
    if (!posted_.empty() || anything_to_do()) {
      ++looking_;
      continue;
    }
    if (stopping_) return;
    const std::optional<std::chrono::nanoseconds> due = sequencer_.sync_due();
    ++idle_;
    bool in_time = true;
    while (signals_ == 0 && !stopping_ && in_time) {
      if (due) {
        const std::chrono::nanoseconds now = clock_.monotonic();
        in_time = *due > now && work_.wait_for(mutex_, *due - now);
      } else {
        work_.wait(mutex_);
      }
    }
    if (signals_ > 0) {
      --signals_;  // who sent it has counted us
    } else {
      --idle_;
      ++looking_;
    }
  }
}

void Runner::run_until_idle() {
  bool worked = true;
  while (worked) {
    worked = run_posted();
    worked = sequencer_.step() || worked;
    worked = sequencer_.check_step() || worked;
    worked = sequencer_.write_step() || worked;
    sequencer_.deliver();
    for (Background* background : backgrounds_) worked = background->step() || worked;
    worked = worked || anything_to_do();
  }
}

}  // namespace esker::store
