#include "format/compressed_segment.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "base/byte_order.hpp"
#include "format/damage.hpp"
#include "format/spec_example.hpp"

namespace esker::format {
namespace {

/// The specification's: the segment of the other examples, of 64 KiB, in two blocks.
std::vector<BlockEntry> example_entries() {
  return {{BlockKind::packed, 150, 0x01020304}, {BlockKind::zeros, 0, 0}};
}

CompressedHeader example() {
  CompressedHeader header;
  header.block_bytes = 32 << 10;
  header.dictionary_bytes = 0;
  header.segment.store = *Uuid::parse("00112233-4455-6677-8899-aabbccddeeff");
  header.segment.id = SegmentId(2);
  header.segment.salt = Salt(0x1122334455667788);
  header.segment.file_bytes = 64 << 10;
  header.segment.created = Timestamp(1'780'000'000'000'000'000);
  header.segment.incarnation = Incarnation(3);
  header.footer.id = SegmentId(2);
  header.footer.salt = Salt(0x1122334455667788);
  header.footer.first = Position(7);
  header.footer.records = 1;
  header.footer.records_end = FileOffset(4096 + 96);
  header.footer.first_time = header.footer.last_time = Timestamp(1'780'000'000'000'000'001);
  header.footer.table_checksum = crc32c(spec_example("offset table"));
  header.table_checksum = crc32c(encode_block_table(example_entries()));
  header.file_bytes = header.blocks_begin() + 150;
  return header;
}

Errc code_of(std::span<const std::byte> bytes) {
  const auto parsed = parse_compressed_header(bytes.first<kCompressedHeaderBytes>());
  return parsed ? Errc{} : parsed.error().code();
}

/// The bytes with a right checksum.
void seal(std::span<std::byte> bytes) { base::store_le(bytes, 12, crc32c(bytes.subspan(16))); }

Errc table_code(CompressedHeader header, const std::vector<BlockEntry>& entries) {
  const std::vector<std::byte> table = encode_block_table(entries);
  header.table_checksum = crc32c(table);
  const auto parsed = parse_block_table(table, header);
  return parsed ? Errc{} : parsed.error().code();
}

}  // namespace

TEST_SUITE("format") {
  TEST_CASE("compressed header: the example of the specification is what is written and read") {
    const auto bytes = encode_compressed_header(example());
    const std::vector<std::byte> expected = spec_example("compressed header");
    CHECK(std::equal(expected.begin(), expected.end(), bytes.begin()));
    CHECK(base::is_zero(std::span(bytes).subspan(expected.size())));
    CHECK(is_compressed_segment(bytes));
    const auto parsed = parse_compressed_header(bytes);
    REQUIRE(parsed.has_value());
    const CompressedHeader& header = parsed.value();
    CHECK(header.block_bytes == 32 << 10);
    CHECK(header.blocks() == 2);
    CHECK(header.file_bytes == 4608 + 16 + 150);
    CHECK(encode_segment_header(header.segment) == encode_segment_header(example().segment));
    CHECK(encode_segment_footer(header.footer) == encode_segment_footer(example().footer));
  }

  TEST_CASE("compressed header: no flipped bit passes") {
    for_each_flip(encode_compressed_header(example()), [](std::span<const std::byte> bytes) {
      if (code_of(bytes) == Errc{}) FAIL("passed");
    });
  }

  TEST_CASE("compressed header: a later format is told from damage") {
    auto bytes = encode_compressed_header(example());
    base::store_le(std::span<std::byte>(bytes), 8, std::uint32_t{2});
    seal(bytes);
    CHECK(code_of(bytes) == Errc::not_supported);
  }

  TEST_CASE("compressed header: what is not allowed is refused although the checksum is right") {
    for (const std::uint32_t block : {0U, 1U << 11, 3U << 12, 2U << 20}) {
      CompressedHeader header = example();
      header.block_bytes = block == 0 ? 3000 : block;
      CHECK(code_of(encode_compressed_header(header)) == Errc::corrupt);
    }
    CompressedHeader header = example();
    header.dictionary_bytes = kDictionaryBytesMax + 1;
    header.file_bytes += header.dictionary_bytes;
    CHECK(code_of(encode_compressed_header(header)) == Errc::corrupt);
    header = example();
    header.file_bytes = header.blocks_begin() - 1;
    CHECK(code_of(encode_compressed_header(header)) == Errc::corrupt);
    header = example();
    header.footer.id = SegmentId(3);
    CHECK(code_of(encode_compressed_header(header)) == Errc::corrupt);
    header = example();
    header.segment.id = SegmentId();
    CHECK(code_of(encode_compressed_header(header)) == Errc::corrupt);
    for (const std::size_t zero : {40U, 63U, 144U, 511U}) {
      auto bytes = encode_compressed_header(example());
      bytes[zero] = std::byte{1};
      seal(bytes);
      CHECK(code_of(bytes) == Errc::corrupt);
    }
    auto unsealed = encode_compressed_header(example());
    std::fill(unsealed.begin() + 64, unsealed.begin() + 144, std::byte{0});
    seal(unsealed);
    CHECK(code_of(unsealed) == Errc::corrupt);
  }

  TEST_CASE("block table: the example of the specification is what is written and read") {
    const std::vector<std::byte> table = encode_block_table(example_entries());
    CHECK(table == spec_example("block table"));
    const auto parsed = parse_block_table(table, example());
    REQUIRE(parsed.has_value());
    REQUIRE(parsed.value().size() == 2);
    CHECK(parsed.value()[0].begin == 4608 + 16);
    CHECK(parsed.value()[0].entry.stored_bytes == 150);
    CHECK(parsed.value()[0].entry.checksum == 0x01020304);
    CHECK(parsed.value()[1].entry.kind == BlockKind::zeros);
  }

  TEST_CASE("block table: no flipped bit and no shorter one passes") {
    const std::vector<std::byte> table = encode_block_table(example_entries());
    for_each_flip(table, [](std::span<const std::byte> bytes) {
      if (parse_block_table(bytes, example())) FAIL("passed");
    });
    for_each_truncation(table, [](std::span<const std::byte> bytes) {
      if (parse_block_table(bytes, example())) FAIL("passed");
    });
  }

  TEST_CASE("block table: entries that cannot be are refused although the checksum is right") {
    const BlockEntry zeros{};
    const BlockEntry packed = example_entries()[0];
    CHECK(table_code(example(), {packed, zeros}) == Errc{});
    CHECK(table_code(example(), {packed, packed}) == Errc::corrupt);  // longer than the file
    CHECK(table_code(example(), {zeros, zeros}) == Errc::corrupt);
    CHECK(table_code(example(), {packed, {BlockKind::zeros, 0, 1}}) == Errc::corrupt);
    CHECK(table_code(example(), {{BlockKind::packed, 0, 1}, packed}) == Errc::corrupt);
    CHECK(table_code(example(), {{BlockKind::plain, 150, 1}, zeros}) == Errc::corrupt);
    CHECK(table_code(example(), {{static_cast<BlockKind>(3), 150, 1}, zeros}) == Errc::corrupt);
    CompressedHeader longer = example();
    longer.file_bytes += (32 << 10) - 150;
    CHECK(table_code(longer, {{BlockKind::packed, 32 << 10, 1}, zeros}) == Errc::corrupt);
    CHECK(table_code(longer, {{BlockKind::plain, 32 << 10, 1}, zeros}) == Errc{});
  }
}

}  // namespace esker::format
