#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace esker::format {

/// A frame of the native protocol is this header and a body. Source: format-spec.md, "Frame".
inline constexpr std::size_t kFrameHeaderBytes = 24;

/// What a commit's frame takes beyond the commit's own bytes, at most: so much longer than the largest commit frames may be.
inline constexpr std::uint32_t kFrameOverheadBytes = 1U << 20;

/// The first eight bytes of a frame: all that must be known to read the rest.
inline constexpr std::size_t kFramePrefixBytes = 8;

struct FrameHeader {
  std::uint32_t body_bytes = 0;
  std::uint32_t checksum = 0;
  std::uint64_t request =
      0;  ///< The client's number for what this belongs to; 0: for the connection as a whole.
  std::uint16_t kind = 0;      ///< A `MessageKind`, or one that is not known here.
  std::uint16_t flags = 0;     ///< 0.
  std::uint32_t reserved = 0;  ///< 0.
};

/// Reads a header; everything is taken as it is, and the length must be checked before anything is allocated by it.
FrameHeader parse_frame_header(std::span<const std::byte, kFrameHeaderBytes> bytes);

enum class FrameFault : std::uint8_t {
  none,
  bad_checksum,  ///< Not CRC-32C of what follows the checksum.
  bad_field,     ///< Checksum right, but flags or reserved bits are set.
};

/// Checks a whole frame, of which `header` has been parsed from `header_bytes`. `body` has `header.body_bytes` bytes.
FrameFault check_frame(std::span<const std::byte, kFrameHeaderBytes> header_bytes,
                       const FrameHeader& header, std::span<const std::byte> body);

/// What to call a fault in a message.
std::string_view describe(FrameFault fault);

/// Writes the header of a frame whose body is `pieces` in a row, checksum included.
void encode_frame_header(std::span<std::byte, kFrameHeaderBytes> into, std::uint16_t kind,
                         std::uint64_t request, std::span<const std::span<const std::byte>> pieces);

}  // namespace esker::format
