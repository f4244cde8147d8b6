#pragma once

#include <cstddef>
#include <unordered_set>

#include "base/mutex.hpp"

namespace esker::server::kurrent {

/// A call that goes on until somebody ends it.
class OpenCall {
 public:
  virtual ~OpenCall() = default;
  /// The server is stopping: end with `shutting_down()`, soon and once. Any thread; must not block.
  virtual void stop() = 0;
};

/// The calls that are under way, so that stopping can end them: each adds itself when it begins, and removes itself when it is over.
/// Threads: any.
class Calls {
 public:
  explicit Calls(std::size_t calls_max) : calls_max_(calls_max) {}

  /// False when there are too many, or the server is stopping.
  [[nodiscard]] bool add(OpenCall& call);
  void remove(OpenCall& call);

  /// Ends all, and takes no more. Does not wait.
  void stop();
  /// Waits until all are over.
  void wait();

  [[nodiscard]] std::size_t count() const;
  [[nodiscard]] bool stopping() const;

 private:
  const std::size_t calls_max_;
  mutable base::Mutex mutex_;
  base::Condition removed_;
  std::unordered_set<OpenCall*> calls_ ESKER_GUARDED_BY(mutex_);
  bool stopping_ ESKER_GUARDED_BY(mutex_) = false;
};

}  // namespace esker::server::kurrent
