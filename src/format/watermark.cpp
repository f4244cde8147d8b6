#include "format/watermark.hpp"

#include <cstring>

#include "base/byte_order.hpp"
#include "esker/event.hpp"
#include "format/checksum.hpp"

namespace esker::format {
namespace {

constexpr std::string_view kMagicText = "ESKERWMK";
constexpr std::uint32_t kFormatNumber = 1;

// Offsets in the slot; format-spec.md, "Watermark".
constexpr std::size_t kFormat = 8;
constexpr std::size_t kChecksum = 12;
constexpr std::size_t kCheckedBegin = 16;
constexpr std::size_t kStore = 16;
constexpr std::size_t kSequence = 32;
constexpr std::size_t kIncarnation = 40;
constexpr std::size_t kSegment = 48;
constexpr std::size_t kOffset = 56;
constexpr std::size_t kPosition = 64;
constexpr std::size_t kClean = 72;
constexpr std::size_t kEnd = 80;

}  // namespace

std::array<std::byte, kWatermarkSlotBytes> encode_watermark(const Watermark& watermark) {
  std::array<std::byte, kWatermarkSlotBytes> bytes{};
  const std::span<std::byte> out(bytes);
  std::memcpy(out.data(), kMagicText.data(), kMagicText.size());
  base::store_le(out, kFormat, kFormatNumber);
  std::memcpy(out.data() + kStore, watermark.store.bytes().data(), Uuid::kBytes);
  base::store_le(out, kSequence, watermark.sequence);
  base::store_le(out, kIncarnation, watermark.incarnation.value());
  base::store_le(out, kSegment, watermark.segment.value());
  base::store_le(out, kOffset, watermark.offset.value());
  base::store_le(out, kPosition, watermark.position.value());
  base::store_le(out, kClean, std::uint64_t{watermark.clean ? 1U : 0U});
  base::store_le(out, kChecksum, crc32c(out.subspan(kCheckedBegin)));
  return bytes;
}

std::optional<Watermark> parse_watermark(std::span<const std::byte, kWatermarkSlotBytes> slot) {
  const auto clean = base::load_le<std::uint64_t>(slot, kClean);
  if (as_text(slot.first(kMagicText.size())) != kMagicText ||
      base::load_le<std::uint32_t>(slot, kFormat) != kFormatNumber ||
      base::load_le<std::uint32_t>(slot, kChecksum) != crc32c(slot.subspan(kCheckedBegin)) ||
      clean > 1 || !base::is_zero(slot.subspan(kEnd))) {
    return std::nullopt;
  }
  Watermark watermark;
  std::array<std::byte, Uuid::kBytes> store;
  std::memcpy(store.data(), slot.data() + kStore, store.size());
  watermark.store = Uuid(store);
  watermark.sequence = base::load_le<std::uint64_t>(slot, kSequence);
  watermark.incarnation = Incarnation(base::load_le<std::uint64_t>(slot, kIncarnation));
  watermark.segment = SegmentId(base::load_le<std::uint64_t>(slot, kSegment));
  watermark.offset = FileOffset(base::load_le<std::uint64_t>(slot, kOffset));
  watermark.position = Position(base::load_le<std::uint64_t>(slot, kPosition));
  watermark.clean = clean == 1;
  if (watermark.store.is_nil() || watermark.sequence == 0) return std::nullopt;
  return watermark;
}

}  // namespace esker::format
