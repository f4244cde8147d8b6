#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <vector>

#include "esker/function.hpp"

namespace esker::server {
class Loop;
}

namespace esker::server::kurrent {

/// Threads for what the threads of gRPC and of the store must not do: a call goes on here when the store has answered, or when it has had
/// its turn. At most one task of each call waits here. Threads: any.
class Workers {
 public:
  explicit Workers(std::size_t threads);
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  /// Runs `task` soon, on one of the threads.
  void post(UniqueFunction<void()> task);

  /// Runs what has been posted and ends the threads; what is posted from now on is dropped.
  void join();

 private:
  std::vector<std::unique_ptr<Loop>> loops_;
  std::atomic<std::size_t> next_{0};
};

}  // namespace esker::server::kurrent
