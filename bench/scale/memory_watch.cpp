#include "scale/memory_watch.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <fstream>
#include <mutex>
#include <stop_token>
#include <string>

namespace esker::bench {

namespace {

constexpr std::chrono::milliseconds kInterval(20);

std::uint64_t own_memory_bytes() {
  std::ifstream status("/proc/self/status");
  std::uint64_t kibibytes = 0;
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("RssAnon:") || line.starts_with("RssShmem:")) {
      kibibytes += std::stoull(line.substr(line.find(':') + 1));
    }
  }
  return kibibytes * 1024;
}

}  // namespace

MemoryWatch::MemoryWatch()
    : thread_([this](const std::stop_token& stop) {
        std::mutex mutex;
        std::condition_variable_any stopped;
        std::unique_lock lock(mutex);
        while (!stopped.wait_for(lock, stop, kInterval, [] { return false; })) {
          if (stop.stop_requested()) return;
          look();
        }
      }) {}

std::uint64_t MemoryWatch::peak_bytes() {
  look();
  return peak_bytes_.load(std::memory_order_relaxed);
}

void MemoryWatch::look() {
  const std::uint64_t now = own_memory_bytes();
  std::uint64_t peak = peak_bytes_.load(std::memory_order_relaxed);
  while (peak < now && !peak_bytes_.compare_exchange_weak(peak, now, std::memory_order_relaxed)) {
  }
}

}  // namespace esker::bench
