// A compressed segment's header, block table and packed blocks: what is parsed encodes to the same bytes again, what is decoded stays
// within its block, and whatever is packed unpacks to itself.

#include <algorithm>
#include <array>
#include <vector>

#include "format/block_codec.hpp"
#include "format/compressed_segment.hpp"
#include "fuzz/checksums.hpp"
#include "fuzz/input.hpp"

namespace esker::fuzz {
namespace {

/// Of the segment's header, whose other bytes must be zero in an input that is not about them.
constexpr std::size_t kHeaderBytesGiven = 640;
constexpr std::size_t kImageBytesMax = 8 << 10;
constexpr format::Salt kSalt(7);
constexpr FileOffset kBegin(4096);

void try_header(Input input, bool right_checksum) {
  std::array<std::byte, format::kCompressedHeaderBytes> bytes{};
  std::ranges::copy(input.take(kHeaderBytesGiven), bytes.begin());
  if (right_checksum) {
    std::array<std::byte, format::kSegmentFooterBytes> footer{};
    std::copy_n(bytes.begin() + 64, 80, footer.begin());
    seal_segment_footer(footer);
    std::copy_n(footer.begin(), 80, bytes.begin() + 64);
    seal_segment_header(std::span(bytes).subspan(512, format::kSegmentHeaderBytes));
    base::store_le(std::span<std::byte>(bytes), 12, format::crc32c(std::span(bytes).subspan(16)));
  }
  const Result<format::CompressedHeader> header = format::parse_compressed_header(bytes);
  if (!header) return;
  require(format::encode_compressed_header(header.assume_value()) == bytes,
          "a header encodes to the same");
  const std::span<const std::byte> table = input.rest();
  format::CompressedHeader with_table = header.assume_value();
  with_table.table_checksum = format::crc32c(table);
  const auto places = format::parse_block_table(table, with_table);
  if (!places) return;
  for (const format::BlockPlace& place : places.assume_value()) {
    require(place.begin + place.entry.stored_bytes <= with_table.file_bytes,
            "a block lies in the file");
  }
}

void try_unpack(Input input) {
  std::vector<std::byte> image(input.number<std::uint16_t>() % kImageBytesMax);
  const std::size_t ids = input.number<std::uint8_t>() * std::size_t{16};
  const auto id_bytes = input.take(ids);
  static_cast<void>(format::unpack_block(input.rest(), id_bytes, kSalt, kBegin, image));
}

void try_pack(Input input) {
  const auto first = input.number<std::uint16_t>();
  const std::span<const std::byte> image = input.rest();
  const format::PackedBlock packed = format::pack_block(image, {kSalt, kBegin, first});
  require(packed.text.size() <= format::packed_text_bytes_max(image.size()), "a text is not long");
  std::vector<std::byte> back(image.size());
  require(format::unpack_block(packed.text, packed.ids, kSalt, kBegin, back), "it unpacks");
  require(std::ranges::equal(back, image), "to itself");
}

void try_decode(Input input) {
  std::vector<std::byte> image(1 + input.number<std::uint16_t>() % kImageBytesMax);
  const auto kind = static_cast<format::BlockKind>(input.number<std::uint8_t>() % 4);
  const std::span<const std::byte> stored = input.rest();
  const format::BlockEntry entry{kind, static_cast<std::uint32_t>(stored.size()),
                                 format::crc32c(stored)};
  const format::BlockDictionary dictionary({});
  static_cast<void>(
      format::BlockDecoder().decode(entry, stored, dictionary, kSalt, kBegin, image).has_value());
}

void try_compressed(Input input) {
  const auto mode = input.number<std::uint8_t>();
  switch (mode % 5) {
    case 0:
      return try_header(input, false);
    case 1:
      return try_header(input, true);
    case 2:
      return try_unpack(input);
    case 3:
      return try_pack(input);
    default:
      return try_decode(input);
  }
}

}  // namespace
}  // namespace esker::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  esker::fuzz::try_compressed({data, size});
  return 0;
}
