#pragma once

#include <cstdint>

namespace esker::tests {

/// While this lives, some allocations of this program fail, whichever thread they are of. One at a time.
class AllocationFailure {
 public:
  /// The allocations from the `first`-th on fail, `count` of them; the first is number 1.
  explicit AllocationFailure(std::uint64_t first, std::uint64_t count = 1);
  ~AllocationFailure();
  AllocationFailure(const AllocationFailure&) = delete;
  AllocationFailure& operator=(const AllocationFailure&) = delete;

  /// How many there have been, failed ones included.
  [[nodiscard]] std::uint64_t made() const;
};

}  // namespace esker::tests
