#include "format/segment.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "base/byte_order.hpp"
#include "format/damage.hpp"
#include "format/record.hpp"
#include "format/spec_example.hpp"

namespace esker::format {
namespace {

SegmentHeader example_header() {
  SegmentHeader header;
  header.store = *Uuid::parse("00112233-4455-6677-8899-aabbccddeeff");
  header.id = SegmentId(2);
  header.salt = Salt(0x1122334455667788);
  header.file_bytes = 1 << 20;
  header.created = Timestamp(1'780'000'000'000'000'000);
  header.incarnation = Incarnation(3);
  return header;
}

SegmentFooter example_footer() {
  SegmentFooter footer;
  footer.id = SegmentId(2);
  footer.salt = Salt(0x1122334455667788);
  footer.first = Position(7);
  footer.records = 1;
  footer.records_end = FileOffset(4096 + 96);
  footer.first_time = footer.last_time = Timestamp(1'780'000'000'000'000'001);
  footer.table_checksum = crc32c(spec_example("offset table"));
  return footer;
}

}  // namespace

TEST_SUITE("format") {
  TEST_CASE("segment header: the example of the specification is what is written and read") {
    const auto bytes = encode_segment_header(example_header());
    const std::vector<std::byte> example = spec_example("segment header");
    CHECK(std::equal(example.begin(), example.end(), bytes.begin()));
    CHECK(base::is_zero(std::span(bytes).subspan(example.size())));
    const auto parsed = parse_segment_header(bytes);
    REQUIRE(parsed.has_value());
    CHECK(parsed.value().store == example_header().store);
    CHECK(parsed.value().id == SegmentId(2));
    CHECK(parsed.value().salt == example_header().salt);
    CHECK(parsed.value().file_bytes == 1 << 20);
    CHECK(parsed.value().created == example_header().created);
    CHECK(parsed.value().incarnation == Incarnation(3));
  }

  TEST_CASE("segment header: no flipped bit passes") {
    for_each_flip(encode_segment_header(example_header()), [](std::span<const std::byte> bytes) {
      if (parse_segment_header(bytes.first<kSegmentHeaderBytes>())) FAIL("passed");
    });
  }

  TEST_CASE("segment header: what is not allowed is refused although the checksum is right") {
    const auto code_of = [](SegmentHeader header) {
      const auto parsed = parse_segment_header(encode_segment_header(header));
      return parsed ? Errc{} : parsed.error().code();
    };
    SegmentHeader header = example_header();
    header.store = Uuid();
    CHECK(code_of(header) == Errc::corrupt);
    header = example_header();
    header.id = SegmentId();
    CHECK(code_of(header) == Errc::corrupt);
    for (const std::uint64_t bytes : {0ULL, 4096ULL, (1ULL << 20) + 8, 32ULL << 30}) {
      header = example_header();
      header.file_bytes = bytes;
      CHECK(code_of(header) == Errc::corrupt);
    }
  }

  TEST_CASE("segment header: a merged segment tells of its parts, as in the example") {
    SegmentHeader header = example_header();
    header.parts = {{header.salt, Position(7)}, {Salt(0x99), Position(100)}};
    const auto bytes = encode_segment_header(header);
    const std::vector<std::byte> example = spec_example("segment parts");
    CHECK(std::ranges::equal(example, std::span(bytes).subspan(2048, example.size())));
    const auto parsed = parse_segment_header(bytes);
    REQUIRE(parsed.has_value());
    CHECK(parsed.value().parts == header.parts);
    CHECK(parsed.value().file_name() == "0000000000000002-0000000000000003.segment");
    CHECK(keys_of(header, Position(7), Position(120)) ==
          std::vector<SegmentKey>{{SegmentId(2), header.salt, Position(7), Position(100)},
                                  {SegmentId(3), Salt(0x99), Position(100), Position(120)}});
    CHECK(keys_of(example_header(), Position(7), Position(120)) ==
          std::vector<SegmentKey>{{SegmentId(2), header.salt, Position(7), Position(120)}});
    header.parts.resize(kPartsMax, {});
    for (std::size_t i = 0; i < kPartsMax; ++i) header.parts[i].first = Position(7 + i);
    CHECK(parse_segment_header(encode_segment_header(header)).has_value());
  }

  TEST_CASE("segment header: parts that cannot be are refused") {
    const auto refused = [](std::vector<SegmentPart> parts, SegmentId id = SegmentId(2)) {
      SegmentHeader header = example_header();
      header.id = id;
      header.parts = std::move(parts);
      return !parse_segment_header(encode_segment_header(header));
    };
    const Salt salt(1);
    CHECK_FALSE(refused({{salt, Position(1)}, {salt, Position(2)}}));
    CHECK(refused({{salt, Position(1)}}));
    CHECK(refused({{salt, Position(0)}, {salt, Position(2)}}));
    CHECK(refused({{salt, Position(2)}, {salt, Position(2)}}));
    CHECK(refused({{salt, Position(1)}, {salt, Position(2)}}, SegmentId(~0ULL)));
    // A footer whose records are not those of all parts.
    SegmentHeader header = example_header();
    const auto footer = encode_segment_footer(example_footer());  // of position 7 alone
    header.parts = {{header.salt, Position(6)}, {salt, Position(7)}};
    CHECK_FALSE(parse_segment_footer(footer, header).has_value());
    header.parts = {{header.salt, Position(7)}, {salt, Position(8)}};
    CHECK_FALSE(parse_segment_footer(footer, header).has_value());
  }

  TEST_CASE("segment header: a later format is told from damage") {
    auto bytes = encode_segment_header(example_header());
    const std::span<std::byte> out(bytes);
    base::store_le(out, 8, std::uint32_t{2});
    base::store_le(out, 12, crc32c(out.subspan(16)));
    CHECK(parse_segment_header(bytes).error().code() == Errc::not_supported);
  }

  TEST_CASE("segment footer: the example of the specification is what is written and read") {
    const auto bytes = encode_segment_footer(example_footer());
    const std::vector<std::byte> example = spec_example("segment footer");
    CHECK(std::equal(example.begin(), example.end(), bytes.begin()));
    CHECK(base::is_zero(std::span(bytes).subspan(example.size())));
    const auto parsed = parse_segment_footer(bytes, example_header());
    REQUIRE(parsed.has_value());
    REQUIRE(parsed.value().has_value());
    CHECK(parsed.value()->first == Position(7));
    CHECK(parsed.value()->records == 1);
    CHECK(parsed.value()->records_end == FileOffset(4192));
    CHECK(parsed.value()->table_checksum == example_footer().table_checksum);
    CHECK(parsed.value()->last_time == example_footer().last_time);
  }

  TEST_CASE("segment footer: zeros are none, and no flipped bit passes") {
    const std::array<std::byte, kSegmentFooterBytes> zeros{};
    const auto none = parse_segment_footer(zeros, example_header());
    REQUIRE(none.has_value());
    CHECK_FALSE(none.value().has_value());
    for_each_flip(encode_segment_footer(example_footer()), [](std::span<const std::byte> bytes) {
      const auto parsed =
          parse_segment_footer(bytes.first<kSegmentFooterBytes>(), example_header());
      if (parsed) FAIL("passed");
    });
  }

  TEST_CASE("segment footer: one that does not fit its segment is refused") {
    const auto refused = [](SegmentFooter footer) {
      return !parse_segment_footer(encode_segment_footer(footer), example_header()).has_value();
    };
    SegmentFooter footer = example_footer();
    CHECK_FALSE(refused(footer));
    footer.stored = 1;
    CHECK_FALSE(refused(footer));
    footer.stored = 2;  // more than positions
    CHECK(refused(footer));
    footer.records = 1000;  // in one gap and one remnant, say
    footer.records_end = FileOffset(4096 + 64 + 96);
    CHECK_FALSE(refused(footer));
    footer.stored = 0;
    CHECK(refused(footer));  // that many do not fit
    footer = example_footer();
    footer.id = SegmentId(3);
    CHECK(refused(footer));
    footer = example_footer();
    footer.salt = Salt(1);
    CHECK(refused(footer));
    footer = example_footer();
    footer.first = Position();
    CHECK(refused(footer));
    footer = example_footer();
    footer.records = 0;
    CHECK(refused(footer));
    footer.records = ~0ULL;
    CHECK(refused(footer));
    footer = example_footer();
    footer.first = Position(~0ULL - footer.records);
    CHECK_FALSE(refused(footer));
    footer.first = footer.first.next();
    CHECK(refused(footer));
    footer = example_footer();
    footer.records_end = FileOffset(4100);
    CHECK(refused(footer));
    footer.records_end = FileOffset(1 << 20);
    CHECK(refused(footer));
    footer = example_footer();
    footer.last_time = Timestamp(1);
    CHECK(refused(footer));
  }

  TEST_CASE("offset table: its begin is aligned and leaves room for every entry") {
    for (std::uint64_t records = 1; records < 100; ++records) {
      const std::uint64_t begin = offset_table_begin(1 << 20, records).value();
      CHECK(begin % kRecordAlignment == 0);
      const std::uint64_t room = (1 << 20) - kSegmentFooterBytes - begin;
      CHECK(room >= records * kOffsetEntryBytes);
      CHECK(room < records * kOffsetEntryBytes + kRecordAlignment);
    }
  }

  TEST_CASE(
      "offset table: the example of format-spec.md is encoded exactly, and ends where the footer "
      "begins") {
    const std::vector<std::uint32_t> offsets{4096 / kRecordAlignment};
    const std::vector<std::byte> table = encode_offset_table(1 << 20, offsets);
    CHECK(table == spec_example("offset table"));
    CHECK(offset_table_begin(1 << 20, 1).plus(table.size()) ==
          FileOffset((1 << 20) - kSegmentFooterBytes));
  }
}

}  // namespace esker::format
