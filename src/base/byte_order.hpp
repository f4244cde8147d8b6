#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <span>

#include "base/assert.hpp"

namespace esker::base {

/// Reads an unsigned integer stored in little-endian order at `offset`. The caller has checked the length.
template <std::unsigned_integral T>
T load_le(std::span<const std::byte> bytes, std::size_t offset) {
  ESKER_DEBUG_ASSERT(offset + sizeof(T) <= bytes.size());
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  static_assert(std::endian::native == std::endian::little, "add a byte swap here and in store_le");
  return value;
}

/// Writes an unsigned integer in little-endian order at `offset`. The caller has checked the length.
template <std::unsigned_integral T>
void store_le(std::span<std::byte> bytes, std::size_t offset, T value) {
  ESKER_DEBUG_ASSERT(offset + sizeof(T) <= bytes.size());
  std::memcpy(bytes.data() + offset, &value, sizeof(T));
}

/// `value` rounded up to a multiple of `alignment`, a power of two.
template <std::unsigned_integral T>
constexpr T align_up(T value, T alignment) {
  return (value + alignment - 1) & ~(alignment - 1);
}

/// True when every byte is zero; an empty span counts as zero.
inline bool is_zero(std::span<const std::byte> bytes) {
  // Comparing the span with itself shifted by one byte lets memcmp use wide loads.
  return bytes.empty() || (bytes[0] == std::byte{0} &&
                           std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

}  // namespace esker::base
