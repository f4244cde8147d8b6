#pragma once

#include <cstdint>

namespace esker::sim {

/// Random numbers that are the same on every machine and with every library (splitmix64; the standard's distributions are not).
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    return mixed ^ (mixed >> 31);
  }

  /// In [0, bound); `bound` is at least 1. The bias of the remainder does not matter here.
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }

  /// True with a chance of `of_8` in 8.
  bool chance(std::uint64_t of_8) { return below(8) < of_8; }

 private:
  std::uint64_t state_;
};

}  // namespace esker::sim
