#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <vector>

namespace esker::bench {

using BenchClock = std::chrono::steady_clock;

/// How long to measure, and on how much.
struct Effort {
  std::chrono::nanoseconds time;  ///< For each measurement, all its rounds together.
  int rounds;            ///< A limit and what is held against it are measured in turn this often.
  std::uint64_t events;  ///< In the store that is read.

  [[nodiscard]] std::chrono::nanoseconds round_time() const { return time / rounds; }
};

/// The latencies of one measurement.
class Samples {
 public:
  void add(std::chrono::nanoseconds latency) { values_.push_back(latency); }
  void add(const Samples& others);
  [[nodiscard]] std::uint64_t count() const { return values_.size(); }

  /// The latency that `share` (0..1) of the samples do not exceed; 0 when there are none.
  [[nodiscard]] std::chrono::nanoseconds percentile(double share);

 private:
  std::vector<std::chrono::nanoseconds> values_;
};

/// What one measurement found.
struct Measured {
  double per_second = 0;        ///< Operations.
  double bytes_per_second = 0;  ///< 0: not a matter of bytes.
  double p50_us = 0;            ///< 0: no latencies were taken.
  double p99_us = 0;
};

/// Rates over `elapsed`, with the latencies' percentiles.
Measured summarize(std::uint64_t operations, std::uint64_t bytes, std::chrono::nanoseconds elapsed,
                   Samples& samples);

/// The median of each figure.
Measured median(std::vector<Measured> rounds);

/// What is measured and the limit that it is held against.
struct Pair {
  Measured limit;
  Measured result;
};

/// Measures the two in turn, `rounds` times, so that a disk that slows down slows both; the median of each.
Pair in_turn(int rounds, const std::function<Measured()>& limit,
             const std::function<Measured()>& result);

}  // namespace esker::bench
