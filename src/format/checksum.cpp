#include "format/checksum.hpp"

#include <isa-l/crc.h>

#include <algorithm>
#include <array>
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

}  // namespace

std::uint32_t crc32c(std::span<const std::byte> bytes) { return crc32c_extend(0, bytes); }

std::uint32_t crc32c_extend(std::uint32_t crc, std::span<const std::byte> bytes) {
  return ~update(~crc, bytes);
}

std::uint32_t place_seed(Salt salt, FileOffset offset) {
  std::array<std::byte, 16> place;
  base::store_le(std::span<std::byte>(place), 0, salt.value());
  base::store_le(std::span<std::byte>(place), 8, offset.value());
  return crc32c(place);
}

}  // namespace esker::format
