#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

// Clang's thread-safety analysis (-Wthread-safety, an error in the clang preset); nothing for other compilers.
#if defined(__clang__)
#define ESKER_THREAD_ATTRIBUTE(x) __attribute__((x))
#else
#define ESKER_THREAD_ATTRIBUTE(x)
#endif

#define ESKER_CAPABILITY ESKER_THREAD_ATTRIBUTE(capability("mutex"))
#define ESKER_SCOPED_CAPABILITY ESKER_THREAD_ATTRIBUTE(scoped_lockable)
#define ESKER_GUARDED_BY(mutex) ESKER_THREAD_ATTRIBUTE(guarded_by(mutex))
#define ESKER_REQUIRES(...) ESKER_THREAD_ATTRIBUTE(requires_capability(__VA_ARGS__))
#define ESKER_EXCLUDES(...) ESKER_THREAD_ATTRIBUTE(locks_excluded(__VA_ARGS__))
#define ESKER_ACQUIRE(...) ESKER_THREAD_ATTRIBUTE(acquire_capability(__VA_ARGS__))
#define ESKER_RELEASE(...) ESKER_THREAD_ATTRIBUTE(release_capability(__VA_ARGS__))

namespace esker::base {

/// A mutex that the compiler can check the use of. Held for no I/O and no callback.
class ESKER_CAPABILITY Mutex {
 public:
  void lock() ESKER_ACQUIRE() { mutex_.lock(); }
  void unlock() ESKER_RELEASE() { mutex_.unlock(); }

 private:
  friend class Condition;
  std::mutex mutex_;
};

/// Holds a `Mutex` for a scope; may let go of it and take it again in between.
class ESKER_SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) ESKER_ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
  ~MutexLock() ESKER_RELEASE() {
    if (held_) mutex_.unlock();
  }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

  void lock() ESKER_ACQUIRE() {
    mutex_.lock();
    held_ = true;
  }
  void unlock() ESKER_RELEASE() {
    held_ = false;
    mutex_.unlock();
  }

 private:
  Mutex& mutex_;
  bool held_ = true;
};

/// A condition to wait for under a `Mutex`. Wake-ups may be spurious: wait in a loop.
class Condition {
 public:
  void wait(Mutex& mutex) ESKER_REQUIRES(mutex) {
    std::unique_lock lock(mutex.mutex_, std::adopt_lock);
    condition_.wait(lock);
    lock.release();
  }

  /// False when `timeout` passed without a wake-up.
  bool wait_for(Mutex& mutex, std::chrono::nanoseconds timeout) ESKER_REQUIRES(mutex) {
    std::unique_lock lock(mutex.mutex_, std::adopt_lock);
    const bool woken = condition_.wait_for(lock, timeout) == std::cv_status::no_timeout;
    lock.release();
    return woken;
  }

  void notify_one() { condition_.notify_one(); }
  void notify_all() { condition_.notify_all(); }

 private:
  std::condition_variable condition_;
};

}  // namespace esker::base
