#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "format/checksum.hpp"

namespace esker::fuzz {

// Makes checksums right again after bytes have changed, so that what stands behind them is tried, too: half of the inputs ask for it.

/// The record at the beginning of `bytes`, which stands at `offset`; nothing happens when it is longer than they are. Returns its padded
/// length; 0 when there is none.
std::size_t seal_record(std::span<std::byte> bytes, format::Salt salt, FileOffset offset);

/// A segment's first 4096 bytes, or its last 512.
void seal_segment_header(std::span<std::byte> bytes);
void seal_segment_footer(std::span<std::byte> bytes);

/// One slot of the watermark file.
void seal_watermark_slot(std::span<std::byte> bytes);

/// All that a whole file of this name has.
void seal_file(std::string_view name, std::span<std::byte> bytes);

}  // namespace esker::fuzz
