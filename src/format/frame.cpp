#include "format/frame.hpp"

#include "base/assert.hpp"
#include "base/byte_order.hpp"
#include "format/checksum.hpp"

namespace esker::format {
namespace {

// Offsets in the header; format-spec.md, "Frame".
constexpr std::size_t kBodyBytes = 0;
constexpr std::size_t kChecksum = 4;
constexpr std::size_t kCheckedBegin = 8;
constexpr std::size_t kRequest = 8;
constexpr std::size_t kKind = 16;
constexpr std::size_t kFlags = 18;
constexpr std::size_t kReserved = 20;

static_assert(kCheckedBegin == kFramePrefixBytes);
static_assert(kReserved + 4 == kFrameHeaderBytes);

}  // namespace

FrameHeader parse_frame_header(std::span<const std::byte, kFrameHeaderBytes> bytes) {
  return {base::load_le<std::uint32_t>(bytes, kBodyBytes),
          base::load_le<std::uint32_t>(bytes, kChecksum),
          base::load_le<std::uint64_t>(bytes, kRequest),
          base::load_le<std::uint16_t>(bytes, kKind),
          base::load_le<std::uint16_t>(bytes, kFlags),
          base::load_le<std::uint32_t>(bytes, kReserved)};
}

FrameFault check_frame(std::span<const std::byte, kFrameHeaderBytes> header_bytes,
                       const FrameHeader& header, std::span<const std::byte> body) {
  ESKER_ASSERT(body.size() == header.body_bytes);
  if (crc32c_extend(crc32c(header_bytes.subspan(kCheckedBegin)), body) != header.checksum) {
    return FrameFault::bad_checksum;
  }
  return header.flags == 0 && header.reserved == 0 ? FrameFault::none : FrameFault::bad_field;
}

std::string_view describe(FrameFault fault) {
  switch (fault) {
    case FrameFault::none:
      return "no fault";
    case FrameFault::bad_checksum:
      return "frame checksum does not match";
    case FrameFault::bad_field:
      return "frame header has reserved bits set";
  }
  return "unknown fault";
}

void encode_frame_header(std::span<std::byte, kFrameHeaderBytes> into, std::uint16_t kind,
                         std::uint64_t request,
                         std::span<const std::span<const std::byte>> pieces) {
  std::uint64_t body_bytes = 0;
  for (const std::span<const std::byte> piece : pieces) body_bytes += piece.size();
  ESKER_ASSERT_VALUES(body_bytes <= UINT32_MAX, body_bytes);
  base::store_le(into, kBodyBytes, static_cast<std::uint32_t>(body_bytes));
  base::store_le(into, kRequest, request);
  base::store_le(into, kKind, kind);
  base::store_le(into, kFlags, std::uint16_t{0});
  base::store_le(into, kReserved, std::uint32_t{0});
  std::uint32_t checksum = crc32c(into.subspan(kCheckedBegin));
  for (const std::span<const std::byte> piece : pieces) checksum = crc32c_extend(checksum, piece);
  base::store_le(into, kChecksum, checksum);
}

}  // namespace esker::format
