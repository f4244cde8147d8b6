#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>

#include "base/byte_order.hpp"

namespace esker::fuzz {

/// Ends the program, which is how a fuzzer is told, when `condition` does not hold.
inline void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "fuzz: not so: %s\n", what);
  std::abort();
}

/// Takes numbers and bytes off the front of a fuzzer's input; zeros and nothing when there is no more.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : rest_(std::as_bytes(std::span(data, size))) {}

  [[nodiscard]] bool empty() const { return rest_.empty(); }

  template <class Number>
  Number number() {
    const std::span<const std::byte> bytes = take(sizeof(Number));
    return bytes.size() < sizeof(Number) ? Number{0} : base::load_le<Number>(bytes, 0);
  }

  /// At most `size` bytes.
  std::span<const std::byte> take(std::size_t size) {
    const std::span<const std::byte> taken = rest_.first(size < rest_.size() ? size : rest_.size());
    rest_ = rest_.subspan(taken.size());
    return taken;
  }
  std::span<const std::byte> rest() { return take(rest_.size()); }

 private:
  std::span<const std::byte> rest_;
};

}  // namespace esker::fuzz
