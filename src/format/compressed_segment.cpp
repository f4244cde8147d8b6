#include "format/compressed_segment.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "base/byte_order.hpp"
#include "format/checksum.hpp"
#include "format/record.hpp"

namespace esker::format {
namespace {

constexpr std::string_view kMagic = "ESKERCSG";

// Offsets in the header; format-spec.md, "Compressed segment".
constexpr std::size_t kFormat = 8;
constexpr std::size_t kChecksum = 12;
constexpr std::size_t kCheckedBegin = 16;
constexpr std::size_t kBlockBytes = 16;
constexpr std::size_t kDictionaryBytes = 20;
constexpr std::size_t kDictionaryChecksum = 24;
constexpr std::size_t kTableChecksum = 28;
constexpr std::size_t kFileBytes = 32;
constexpr std::size_t kZeros = 40;
constexpr std::size_t kFooter = 64;
constexpr std::size_t kFooterEnd = 144;
constexpr std::size_t kSegment = 512;
static_assert(kSegment + kSegmentHeaderBytes == kCompressedHeaderBytes);

/// What of the segment's footer is not always zero.
constexpr std::size_t kFooterPart = kFooterEnd - kFooter;

// A block entry's first number: the stored bytes below, the kind above.
constexpr int kKindShift = 24;
constexpr std::uint32_t kStoredMask = (1U << kKindShift) - 1;
static_assert(kBlockBytesMax <= kStoredMask);

Error damaged(std::string what) { return {Errc::corrupt, std::move(what)}; }

bool allowed(const CompressedHeader& header) {
  return std::has_single_bit(header.block_bytes) && header.block_bytes >= kBlockBytesMin &&
         header.block_bytes <= kBlockBytesMax && header.dictionary_bytes <= kDictionaryBytesMax &&
         header.file_bytes >= header.blocks_begin();
}

bool allowed(const BlockEntry& entry, std::uint32_t image_bytes) {
  switch (entry.kind) {
    case BlockKind::packed:
      return entry.stored_bytes > 0 && entry.stored_bytes < image_bytes;
    case BlockKind::plain:
      return entry.stored_bytes == image_bytes;
    case BlockKind::zeros:
      return entry.stored_bytes == 0 && entry.checksum == 0;
  }
  return false;
}

}  // namespace

bool is_compressed_segment(std::span<const std::byte> bytes) {
  return bytes.size() >= kMagic.size() && as_text(bytes.first(kMagic.size())) == kMagic;
}

std::array<std::byte, kCompressedHeaderBytes> encode_compressed_header(
    const CompressedHeader& header) {
  std::array<std::byte, kCompressedHeaderBytes> bytes{};
  const std::span<std::byte> out(bytes);
  std::memcpy(out.data(), kMagic.data(), kMagic.size());
  base::store_le(out, kFormat, kCompressedFormat);
  base::store_le(out, kBlockBytes, header.block_bytes);
  base::store_le(out, kDictionaryBytes, header.dictionary_bytes);
  base::store_le(out, kDictionaryChecksum, header.dictionary_checksum);
  base::store_le(out, kTableChecksum, header.table_checksum);
  base::store_le(out, kFileBytes, header.file_bytes);
  const auto footer = encode_segment_footer(header.footer);
  std::copy_n(footer.begin(), kFooterPart, bytes.begin() + kFooter);
  std::ranges::copy(encode_segment_header(header.segment), bytes.begin() + kSegment);
  base::store_le(out, kChecksum, crc32c(out.subspan(kCheckedBegin)));
  return bytes;
}

Result<CompressedHeader> parse_compressed_header(
    std::span<const std::byte, kCompressedHeaderBytes> bytes) {
  if (!is_compressed_segment(bytes)) return damaged("not a compressed segment: wrong magic");
  if (base::load_le<std::uint32_t>(bytes, kChecksum) != crc32c(bytes.subspan(kCheckedBegin))) {
    return damaged("compressed segment's header: the checksum does not match");
  }
  const auto format = base::load_le<std::uint32_t>(bytes, kFormat);
  if (format != kCompressedFormat) {
    return Error(Errc::not_supported, "compressed segment has format " + std::to_string(format) +
                                          ", this build reads format " +
                                          std::to_string(kCompressedFormat));
  }
  CompressedHeader header;
  header.block_bytes = base::load_le<std::uint32_t>(bytes, kBlockBytes);
  header.dictionary_bytes = base::load_le<std::uint32_t>(bytes, kDictionaryBytes);
  header.dictionary_checksum = base::load_le<std::uint32_t>(bytes, kDictionaryChecksum);
  header.table_checksum = base::load_le<std::uint32_t>(bytes, kTableChecksum);
  header.file_bytes = base::load_le<std::uint64_t>(bytes, kFileBytes);
  ESKER_TRY(header.segment, parse_segment_header(bytes.subspan<kSegment, kSegmentHeaderBytes>()));
  std::array<std::byte, kSegmentFooterBytes> footer{};
  std::copy_n(bytes.begin() + kFooter, kFooterPart, footer.begin());
  ESKER_TRY(const std::optional<SegmentFooter> sealed,
            parse_segment_footer(footer, header.segment));
  const bool zeros = base::is_zero(bytes.subspan(kZeros, kFooter - kZeros)) &&
                     base::is_zero(bytes.subspan(kFooterEnd, kSegment - kFooterEnd));
  if (!sealed || !zeros) return damaged("compressed segment's header: a field is not allowed");
  header.footer = *sealed;
  if (!allowed(header)) return damaged("compressed segment's header: a field is not allowed");
  return header;
}

std::vector<std::byte> encode_block_table(std::span<const BlockEntry> entries) {
  std::vector<std::byte> table(entries.size() * kBlockEntryBytes);
  std::size_t at = 0;
  for (const BlockEntry& entry : entries) {
    const std::uint32_t kind = static_cast<std::uint8_t>(entry.kind);
    base::store_le(table, at, kind << kKindShift | entry.stored_bytes);
    base::store_le(table, at + 4, entry.checksum);
    at += kBlockEntryBytes;
  }
  return table;
}

Result<std::vector<BlockPlace>> parse_block_table(std::span<const std::byte> bytes,
                                                  const CompressedHeader& header) {
  if (bytes.size() != header.blocks() * kBlockEntryBytes ||
      crc32c(bytes) != header.table_checksum) {
    return damaged("the block table's checksum does not match");
  }
  std::vector<BlockPlace> places;
  places.reserve(header.blocks());
  std::uint64_t begin = header.blocks_begin();
  for (std::uint64_t i = 0; i < header.blocks(); ++i) {
    const auto word = base::load_le<std::uint32_t>(bytes, i * kBlockEntryBytes);
    BlockPlace place;
    place.begin = begin;
    place.entry.kind = static_cast<BlockKind>(word >> kKindShift);
    place.entry.stored_bytes = word & kStoredMask;
    place.entry.checksum = base::load_le<std::uint32_t>(bytes, i * kBlockEntryBytes + 4);
    if (!allowed(place.entry, header.bytes_of_block(i))) {
      return damaged("the block table's entry " + std::to_string(i) + " is not allowed");
    }
    begin += place.entry.stored_bytes;
    places.push_back(place);
  }
  if (begin != header.file_bytes) return damaged("the blocks do not fill the file");
  return places;
}

}  // namespace esker::format
