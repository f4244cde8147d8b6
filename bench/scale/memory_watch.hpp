#pragma once

#include <atomic>
#include <cstdint>
#include <thread>

namespace esker::bench {

/// Watches, on a thread of its own and as long as it lives, what the process has resident apart from mapped file pages, which the kernel
/// can take back at any time: RssAnon and RssShmem of /proc/self/status.
class MemoryWatch {
 public:
  MemoryWatch();

  /// The most so far.
  [[nodiscard]] std::uint64_t peak_bytes();

 private:
  void look();

  std::atomic<std::uint64_t> peak_bytes_ = 0;
  std::jthread thread_;
};

}  // namespace esker::bench
