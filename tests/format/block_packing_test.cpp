#include "format/block_packing.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>

#include "esker/event.hpp"
#include "format/damage.hpp"
#include "format/record.hpp"
#include "format/spec_example.hpp"

namespace esker::format {
namespace {

constexpr Salt kSalt(0x1122334455667788);
constexpr FileOffset kBegin(4096);

std::vector<std::byte> bytes_of(std::string_view text) {
  const auto bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

/// Packs, unpacks, and expects the same.
PackedBlock round_trip(std::span<const std::byte> image, std::size_t first_record) {
  PackedBlock packed = pack_block(image, {kSalt, kBegin, first_record});
  CHECK(packed.text.size() <= packed_text_bytes_max(image.size()));
  std::vector<std::byte> back(image.size(), std::byte{0xee});
  CHECK(unpack_block(packed.text, packed.ids, kSalt, kBegin, back));
  CHECK(std::ranges::equal(back, image));
  return packed;
}

/// Records as a segment has them, from `kBegin` on.
std::vector<std::byte> records(int count, bool commit_end = true) {
  std::vector<std::byte> image;
  for (int i = 0; i < count; ++i) {
    const std::string order = "0f0e0d0c-0b0a-4908-8706-0504030201" + std::to_string(10 + i / 2);
    const std::string data = R"({"order":")" + order + R"(","again":")" + order + "\"}";
    const NewEvent event{Uuid::from_name(Uuid(), order + std::to_string(i)), "OrderPaid",
                         as_bytes(data), as_bytes("{}")};
    const std::size_t size = record_bytes("order-" + order, event);
    const FileOffset offset = kBegin.plus(image.size());
    image.resize(image.size() + size);
    const auto number = static_cast<std::uint64_t>(i);
    encode_record(std::span(image).last(size), kSalt, offset, "order-" + order, event,
                  {Position(7 + number), Version(2), Timestamp(1'780'000'000'000'000'001 + number),
                   Position(5), commit_end});
  }
  return image;
}

}  // namespace

TEST_SUITE("format") {
  TEST_CASE("block packing: the example of the specification is what is packed and unpacked") {
    const std::vector<std::byte> image = spec_example("record");
    const PackedBlock packed = round_trip(image, 0);
    CHECK(packed.text == spec_example("packed block"));
    CHECK(packed.ids.size() == 16);
  }

  TEST_CASE("block packing: records lose ids and checksums, and come back") {
    const std::vector<std::byte> image = records(20);
    const PackedBlock packed = round_trip(image, 0);
    CHECK(packed.ids.size() == 16 * (20 + 10));
    CHECK(packed.text.size() < image.size() / 3);
  }

  TEST_CASE("block packing: a block may begin and end anywhere in a record") {
    const std::vector<std::byte> all = records(6);
    const std::size_t record = all.size() / 6;
    for (std::size_t begin = 0; begin <= record; begin += 7) {
      for (const std::size_t cut : {std::size_t{1}, std::size_t{40}, std::size_t{100}}) {
        const auto image = std::span(all).subspan(begin, all.size() - begin - cut);
        round_trip(image, (record - begin) % record);
        round_trip(image, image.size());  // nobody knows of records
        round_trip(image, 0);             // or the wrong place
      }
    }
  }

  TEST_CASE("block packing: any bytes come back, records or not") {
    round_trip({}, 0);
    round_trip(std::vector<std::byte>(1000), 0);
    round_trip(bytes_of("\xf5\xf5 is no UTF-8 \xf5"), 3);
    round_trip(bytes_of("0f0e0d0c-0b0a-4908-8706-050403020100"), 0);
    round_trip(bytes_of("0F0E0D0C-0b0a-4908-8706-050403020100"), 0);   // not in lower case
    round_trip(bytes_of("0f0e0d0c-0b0a-4908-8706+050403020100 "), 1);  // no dash
    std::mt19937_64 random(3);
    for (int round = 0; round < 2000; ++round) {
      std::vector<std::byte> image = records(1 + static_cast<int>(random() % 4));
      for (std::uint64_t changes = random() % 4; changes > 0; --changes) {
        image[random() % image.size()] = static_cast<std::byte>(random());
      }
      round_trip(image, random() % 3 == 0 ? random() % image.size() : 0);
    }
  }

  TEST_CASE("block packing: more ids than can be counted back are told again") {
    std::string text;
    for (int round = 0; round < 2; ++round) {
      for (int i = 0; i < 300; ++i) {
        text += Uuid::from_name(Uuid(), std::to_string(i)).to_string() + ",";
      }
    }
    const PackedBlock packed = round_trip(bytes_of(text), text.size());
    CHECK(packed.ids.size() == 16 * 600);
  }

  TEST_CASE("block packing: a damaged one is refused or makes other bytes, and nothing worse") {
    const std::vector<std::byte> image = records(3);
    const PackedBlock packed = pack_block(image, {kSalt, kBegin, 0});
    std::vector<std::byte> back(image.size());
    std::uint64_t passed = 0;
    for_each_flip(packed.text, [&](std::span<const std::byte> text) {
      passed += unpack_block(text, packed.ids, kSalt, kBegin, back) ? 1 : 0;
    });
    CHECK(passed > 0);  // the stored bytes' checksum is what notices
    for_each_truncation(packed.text, [&](std::span<const std::byte> text) {
      if (unpack_block(text, packed.ids, kSalt, kBegin, back)) FAIL("passed");
    });
    for_each_truncation(packed.ids, [&](std::span<const std::byte> ids) {
      if (unpack_block(packed.text, ids, kSalt, kBegin, back)) FAIL("passed");
    });
    std::vector<std::byte> shorter(image.size() - 1);
    CHECK_FALSE(unpack_block(packed.text, packed.ids, kSalt, kBegin, shorter));
    std::vector<std::byte> longer(image.size() + 1);
    CHECK_FALSE(unpack_block(packed.text, packed.ids, kSalt, kBegin, longer));
  }
}

}  // namespace esker::format
