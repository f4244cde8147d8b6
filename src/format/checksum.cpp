#include "format/checksum.hpp"

#include <isa-l/crc.h>

#include <algorithm>
#include <array>
#include <bit>
#include <limits>

#include "base/byte_order.hpp"

namespace esker::format {
namespace {

/// isa-l takes and returns the register without the inversions, and an `int` length.
std::uint32_t update(std::uint32_t state, std::span<const std::byte> bytes) {
  constexpr std::size_t kStepMax = std::numeric_limits<int>::max() / 2;
  while (!bytes.empty()) {
    const std::size_t step = std::min(bytes.size(), kStepMax);
    // isa-l's signature lacks const; it does not write.
    auto* data =
        static_cast<unsigned char*>(static_cast<void*>(const_cast<std::byte*>(bytes.data())));
    state = crc32_iscsi(data, static_cast<int>(step), state);
    bytes = bytes.subspan(step);
  }
  return state;
}

/// Castagnoli's polynomial without x^32; the highest bit is the coefficient of x^0, as in the CRC.
constexpr std::uint32_t kPolynomial = 0x82F63B78;

/// The product of two polynomials modulo Castagnoli's.
constexpr std::uint32_t multiply(std::uint32_t a, std::uint32_t b) {
  std::uint32_t product = 0;
  for (; a != 0; a <<= 1) {
    if ((a & 0x80000000) != 0) product ^= b;
    b = (b & 1) != 0 ? (b >> 1) ^ kPolynomial : b >> 1;  // times x
  }
  return product;
}

/// x^(8 * 2^i) in place i.
constexpr std::array<std::uint32_t, 64> kPowers = [] {
  std::array<std::uint32_t, 64> powers{0x00800000};  // x^8
  for (std::size_t i = 1; i < powers.size(); ++i) {
    powers[i] = multiply(powers[i - 1], powers[i - 1]);
  }
  return powers;
}();

}  // namespace

std::uint32_t crc32c(std::span<const std::byte> bytes) { return crc32c_extend(0, bytes); }

std::uint32_t crc32c_extend(std::uint32_t crc, std::span<const std::byte> bytes) {
  return ~update(~crc, bytes);
}

std::uint32_t crc32c_between(std::uint32_t seed, std::uint32_t until_begin, std::uint32_t until_end,
                             std::uint64_t bytes) {
  std::uint32_t shifted = seed ^ until_begin;
  for (; bytes != 0; bytes &= bytes - 1) {
    shifted = multiply(shifted, kPowers[static_cast<std::size_t>(std::countr_zero(bytes))]);
  }
  return shifted ^ until_end;
}

std::uint32_t place_seed(Salt salt, FileOffset offset) {
  std::array<std::byte, 16> place;
  base::store_le(std::span<std::byte>(place), 0, salt.value());
  base::store_le(std::span<std::byte>(place), 8, offset.value());
  return crc32c(place);
}

}  // namespace esker::format
