#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>

#include "io/clock.hpp"
#include "io/directory.hpp"
#include "log/compression.hpp"
#include "log/log.hpp"

namespace esker::store {

/// Which segments are compressed, and how.
struct CompressionPolicy {
  /// Those whose last event was recorded so long ago; nothing: none.
  std::optional<std::chrono::seconds> after;
  /// Read and written a second at most; 0: as fast as it goes.
  std::uint64_t bytes_per_second = 0;
  log::CompressionSettings settings{};
};

/// Has sealed segments compressed when they have become old enough, one after the other, the oldest first.
///
/// A background role without a thread of its own, which it shares with the `Compactor`: only one of them has a segment in hand. All
/// functions from one thread. What it is given by reference outlives it.
class Compressor {
 public:
  Compressor(io::Directory& directory, log::Log& log, io::Clock& clock,
             const CompressionPolicy& policy)
      : directory_(directory), log_(log), clock_(clock), policy_(policy) {}
  ~Compressor() { give_up(); }
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;

  /// One bounded piece of work. False when there is none for now.
  bool step();
  /// When there may be some, on the clock's monotonic scale; nothing: never.
  [[nodiscard]] std::optional<std::chrono::nanoseconds> due() const;

  /// Gives up what is under way; a later `step` begins again.
  void give_up();

 private:
  bool begin();
  [[nodiscard]] bool is_old(const log::Segment& segment) const;
  void end();
  void fail(const Error& error);

  io::Directory& directory_;
  log::Log& log_;
  io::Clock& clock_;
  const CompressionPolicy policy_;
  std::chrono::nanoseconds due_{0};
  std::unique_ptr<log::Compression> compression_;
  std::set<SegmentId>
      left_plain_;  // with too little to gain, or damaged: not again until the store is opened again
};

}  // namespace esker::store
