#include "format/watermark.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "base/byte_order.hpp"
#include "format/checksum.hpp"
#include "format/damage.hpp"
#include "format/spec_example.hpp"

namespace esker::format {
namespace {

Watermark example() {
  Watermark watermark;
  watermark.store = *Uuid::parse("00112233-4455-6677-8899-aabbccddeeff");
  watermark.sequence = 9;
  watermark.incarnation = Incarnation(3);
  watermark.segment = SegmentId(2);
  watermark.offset = FileOffset(4096 + 96);
  watermark.position = Position(7);
  watermark.clean = true;
  return watermark;
}

}  // namespace

TEST_SUITE("format") {
  TEST_CASE("watermark: the example of the specification is what is written and read") {
    const auto bytes = encode_watermark(example());
    const std::vector<std::byte> expected = spec_example("watermark");
    CHECK(std::equal(expected.begin(), expected.end(), bytes.begin()));
    CHECK(base::is_zero(std::span(bytes).subspan(expected.size())));
    const auto parsed = parse_watermark(bytes);
    REQUIRE(parsed.has_value());
    CHECK(parsed->store == example().store);
    CHECK(parsed->sequence == 9);
    CHECK(parsed->incarnation == Incarnation(3));
    CHECK(parsed->segment == SegmentId(2));
    CHECK(parsed->offset == FileOffset(4192));
    CHECK(parsed->position == Position(7));
    CHECK(parsed->clean);
  }

  TEST_CASE("watermark: zeros are none, and no flipped bit passes") {
    const std::array<std::byte, kWatermarkSlotBytes> zeros{};
    CHECK_FALSE(parse_watermark(zeros).has_value());
    for_each_flip(encode_watermark(example()), [](std::span<const std::byte> bytes) {
      if (parse_watermark(bytes.first<kWatermarkSlotBytes>())) FAIL("passed");
    });
  }

  TEST_CASE("watermark: what is not allowed is refused although the checksum is right") {
    Watermark watermark = example();
    watermark.store = Uuid();
    CHECK_FALSE(parse_watermark(encode_watermark(watermark)).has_value());
    watermark = example();
    watermark.sequence = 0;
    CHECK_FALSE(parse_watermark(encode_watermark(watermark)).has_value());
    for (const std::size_t offset : {72U, 80U, 511U}) {
      auto bytes = encode_watermark(example());
      bytes[offset] = std::byte{2};
      base::store_le(std::span<std::byte>(bytes), 12, crc32c(std::span(bytes).subspan(16)));
      CHECK_FALSE(parse_watermark(bytes).has_value());
    }
  }
}

}  // namespace esker::format
