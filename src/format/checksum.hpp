#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "esker/types.hpp"

namespace esker::format {

/// A segment's random number, part of every checksum in it, so that a block of another segment never passes.
using Salt = Number<struct SaltTag>;

/// CRC-32C (Castagnoli, reflected, initial value and final inversion as in RFC 3720) of `bytes`; isa-l computes it.
std::uint32_t crc32c(std::span<const std::byte> bytes);

/// The same going on from `crc`, which is the CRC-32C of what came before.
std::uint32_t crc32c_extend(std::uint32_t crc, std::span<const std::byte> bytes);

/// What `crc32c_extend` makes of `seed` and the `bytes` bytes in the middle of something longer, without reading them:
/// `until_begin` and `until_end` are the CRC-32C of all that is before them, and of that and them.
/// Source: a CRC is linear, and bytes behind a message multiply its CRC by x^8 each, modulo the polynomial (as in zlib's crc32_combine).
std::uint32_t crc32c_between(std::uint32_t seed, std::uint32_t until_begin, std::uint32_t until_end,
                             std::uint64_t bytes);

/// The CRC-32C of the 16 bytes (salt, offset), little-endian: what the checksum of a record at that place goes on from.
std::uint32_t place_seed(Salt salt, FileOffset offset);

}  // namespace esker::format
