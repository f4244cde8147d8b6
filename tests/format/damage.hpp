#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace esker::format {

/// Calls `check(bytes)` with `bytes` changed in one bit, for each of its bits.
template <class Check>
void for_each_flip(std::span<const std::byte> bytes, Check check) {
  std::vector<std::byte> flipped(bytes.begin(), bytes.end());
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    const std::byte mask{static_cast<unsigned char>(1U << (bit % 8))};
    flipped[bit / 8] ^= mask;
    check(std::span<const std::byte>(flipped));
    flipped[bit / 8] ^= mask;
  }
}

/// Calls `check(bytes)` with each beginning of `bytes` that is shorter, in memory of just that size, so that a sanitizer sees a read
/// beyond it.
template <class Check>
void for_each_truncation(std::span<const std::byte> bytes, Check check) {
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    const std::vector<std::byte> cut(bytes.begin(),
                                     bytes.begin() + static_cast<std::ptrdiff_t>(length));
    check(std::span<const std::byte>(cut));
  }
}

}  // namespace esker::format
