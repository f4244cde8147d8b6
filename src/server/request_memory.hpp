#pragma once

#include <cstdint>
#include <deque>
#include <utility>

#include "base/mutex.hpp"
#include "esker/function.hpp"

namespace esker::server {

/// The memory that request frames of all connections share. Who does not get his at once gets it in the order of asking, so that a
/// large commit is not starved by small ones. Threads: any.
class RequestMemory {
 public:
  explicit RequestMemory(std::uint64_t bytes_max) : bytes_max_(bytes_max) {}

  /// Takes `bytes` (at most the maximum). True: now; `granted` is dropped. False: `granted` will be called once, when they have been taken,
  /// by whoever gives back, so it must only wake somebody.
  bool take(std::uint64_t bytes, UniqueFunction<void()> granted);

  /// Takes `bytes` if that can be now, ahead of nobody who waits.
  [[nodiscard]] bool try_take(std::uint64_t bytes);

  void give_back(std::uint64_t bytes);

  [[nodiscard]] std::uint64_t in_use() const;

 private:
  struct Waiting {
    std::uint64_t bytes;
    UniqueFunction<void()> granted;
  };

  const std::uint64_t bytes_max_;
  mutable base::Mutex mutex_;
  std::uint64_t in_use_ ESKER_GUARDED_BY(mutex_) = 0;
  std::deque<Waiting> waiting_ ESKER_GUARDED_BY(mutex_);  // at most one for each connection
};

/// Bytes that have been taken from a `RequestMemory`, which outlives this; given back when this goes.
class RequestCharge {
 public:
  RequestCharge() = default;
  RequestCharge(RequestMemory& memory, std::uint64_t bytes) : memory_(&memory), bytes_(bytes) {}
  RequestCharge(RequestCharge&& other) noexcept
      : memory_(std::exchange(other.memory_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  RequestCharge& operator=(RequestCharge&& other) noexcept {
    std::swap(memory_, other.memory_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~RequestCharge() {
    if (memory_ != nullptr) memory_->give_back(bytes_);
  }

  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

  /// More that has been taken, from the same.
  void add(RequestMemory& memory, std::uint64_t bytes) {
    memory_ = &memory;
    bytes_ += bytes;
  }

 private:
  RequestMemory* memory_ = nullptr;
  std::uint64_t bytes_ = 0;
};

}  // namespace esker::server
