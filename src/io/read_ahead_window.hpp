#pragma once

#include <algorithm>
#include <cstdint>

namespace esker::io {

/// What to ask the disk for while somebody goes through something from front to back: windows that double while he goes on, each asked for
/// when he is in the middle of the one before, as a kernel does for files that are read in order. In any unit: bytes, records.
class ReadAheadWindow {
 public:
  struct Range {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
  };

  /// Windows of `first` units, doubling up to `max`; 0 < `first` <= `max`.
  ReadAheadWindow(std::uint64_t first, std::uint64_t max) : first_(first), max_(max) {}

  /// True when a reader at `at` has nothing to ask for.
  [[nodiscard]] bool calm(std::uint64_t at) const { return at >= calm_begin_ && at < calm_end_; }

  /// What a reader at `at` should ask for now, when he is not `calm`. It may end behind what there is.
  Range reach(std::uint64_t at) {
    const bool goes_on = at >= calm_begin_ && at <= asked_end_ + max_ && window_ > 0;
    window_ = goes_on ? std::min(window_ * 2, max_) : first_;
    const std::uint64_t begin = goes_on ? std::max(at, asked_end_) : at;
    asked_end_ = begin + window_;
    calm_begin_ = at;
    calm_end_ = begin + (window_ + 1) / 2;
    return {begin, asked_end_};
  }

 private:
  std::uint64_t first_;
  std::uint64_t max_;
  std::uint64_t window_ = 0;
  std::uint64_t calm_begin_ = 0;
  std::uint64_t calm_end_ = 0;
  std::uint64_t asked_end_ = 0;
};

}  // namespace esker::io
