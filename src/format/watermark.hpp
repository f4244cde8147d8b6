#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "esker/types.hpp"
#include "esker/uuid.hpp"

namespace esker::format {

inline constexpr std::size_t kWatermarkSlotBytes = 512;
inline constexpr std::size_t kWatermarkFileBytes = 2 * kWatermarkSlotBytes;
inline constexpr std::string_view kWatermarkFileName = "watermark";

/// Something that was already durable when this was written: a witness for the log's end, outside the log.
struct Watermark {
  Uuid store;
  std::uint64_t sequence =
      0;  ///< 1, 2, 3 …; slot `sequence % 2`. The valid slot with the higher one counts.
  Incarnation incarnation;  ///< Of the open that wrote it.
  SegmentId segment;
  FileOffset offset;   ///< The log was durable up to here, in `segment`.
  Position position;   ///< The last durable record's; 0: none.
  bool clean = false;  ///< Written by an orderly close: nothing was written behind `offset`.
};

std::array<std::byte, kWatermarkSlotBytes> encode_watermark(const Watermark& watermark);

/// Nothing when the slot is empty, damaged or of another format. Source: format-spec.md, "Watermark".
std::optional<Watermark> parse_watermark(std::span<const std::byte, kWatermarkSlotBytes> slot);

}  // namespace esker::format
