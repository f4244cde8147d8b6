#include "format/record.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "base/byte_order.hpp"
#include "format/damage.hpp"
#include "format/spec_example.hpp"

namespace esker::format {
namespace {

constexpr Salt kSalt(0x1122334455667788);
constexpr FileOffset kOffset(4096);

std::vector<std::byte> encode(std::string_view stream, const NewEvent& event,
                              const RecordStamp& stamp) {
  std::vector<std::byte> bytes(record_bytes(stream, event));
  encode_record(bytes, kSalt, kOffset, stream, event, stamp);
  return bytes;
}

/// The record of format-spec.md's example.
std::vector<std::byte> example() {
  static const Tags tags{"order=14"};
  const NewEvent event{*Uuid::parse("0f0e0d0c-0b0a-0908-0706-050403020100"), "OrderPaid",
                       as_bytes("{\"by\":\"card\"}"), as_bytes("{}"), tags};
  return encode("order-1", event,
                {Position(7), Version(2), Timestamp(1'780'000'000'000'000'001), Position(5), true});
}

/// Makes the checksum right again after a change.
void reseal(std::span<std::byte> bytes) {
  base::store_le(bytes, 0, crc32c_extend(place_seed(kSalt, kOffset), bytes.subspan(4)));
}

RecordFault fault_of(std::span<const std::byte> bytes, Salt salt = kSalt,
                     FileOffset offset = kOffset) {
  return parse_record(bytes, salt, offset).fault;
}

}  // namespace

TEST_SUITE("format") {
  TEST_CASE("record: the example of the specification is what is written and read") {
    const std::vector<std::byte> bytes = spec_example("record");
    CHECK(example() == bytes);
    const ParsedRecord parsed = parse_record(bytes, kSalt, kOffset);
    REQUIRE(parsed.fault == RecordFault::none);
    const RecordView& record = parsed.record;
    CHECK(record.position == Position(7));
    CHECK(record.version == Version(2));
    CHECK(record.time == Timestamp(1'780'000'000'000'000'001));
    CHECK(record.durable == Position(5));
    CHECK(record.commit_end);
    CHECK(record.id.to_string() == "0f0e0d0c-0b0a-0908-0706-050403020100");
    CHECK(record.stream == "order-1");
    CHECK(record.type == "OrderPaid");
    CHECK(as_text(record.data) == "{\"by\":\"card\"}");
    CHECK(as_text(record.metadata) == "{}");
    CHECK(Tags(record.tags) == Tags{"order=14"});
    CHECK(record.padded_bytes() == bytes.size());
  }

  TEST_CASE("record: a gap comes back as it was, and nothing else passes for one") {
    std::vector<std::byte> bytes(kRecordHeaderBytes);
    encode_gap(bytes, kSalt, kOffset, {Position(7), 3, Timestamp(9), true});
    const ParsedRecord parsed = parse_record(bytes, kSalt, kOffset);
    REQUIRE(parsed.fault == RecordFault::none);
    CHECK(parsed.record.gap());
    CHECK(parsed.record.released);
    CHECK(parsed.record.position == Position(7));
    CHECK(parsed.record.end() == Position(10));
    CHECK(parsed.record.version == Version());
    CHECK(parsed.record.time == Timestamp(9));
    CHECK(parsed.record.commit_end);
    CHECK(parsed.record.padded_bytes() == kRecordHeaderBytes);
    for_each_flip(bytes, [](std::span<const std::byte> damaged) {
      CHECK(fault_of(damaged) != RecordFault::none);
    });
    const auto with = [&bytes](std::size_t offset, std::uint64_t value, std::size_t size) {
      std::vector<std::byte> changed = bytes;
      for (std::size_t i = 0; i < size; ++i) changed[offset + i] = std::byte(value >> (8 * i));
      reseal(changed);
      return fault_of(changed);
    };
    CHECK(with(8, 7, 8) == RecordFault::none);
    CHECK(with(8, 0, 8) == RecordFault::bad_field);   // position
    CHECK(with(16, 0, 8) == RecordFault::bad_field);  // positions
    CHECK(with(16, UINT64_MAX - 6, 8) == RecordFault::bad_field);
    CHECK(with(24, 0, 8) == RecordFault::bad_field);   // time
    CHECK(with(32, 1, 1) == RecordFault::bad_field);   // id
    CHECK(with(52, 1, 4) == RecordFault::bad_field);   // durable lag
    CHECK(with(62, 1, 2) == RecordFault::bad_field);   // not released
    CHECK(with(62, 6, 2) == RecordFault::bad_field);   // unknown flag
    CHECK(with(58, 1, 2) == RecordFault::bad_length);  // a type without a stream
  }

  TEST_CASE("record: a remnant has its event's names and numbers, and nothing else") {
    const std::vector<std::byte> whole = example();
    const RecordView event = parse_record(whole, kSalt, kOffset).record;
    std::vector<std::byte> bytes(remnant_bytes(event));
    encode_remnant(bytes, kSalt, kOffset, event);
    const ParsedRecord parsed = parse_record(bytes, kSalt, kOffset);
    REQUIRE(parsed.fault == RecordFault::none);
    const RecordView& remnant = parsed.record;
    CHECK(remnant.released);
    CHECK_FALSE(remnant.gap());
    CHECK(remnant.stream == event.stream);
    CHECK(remnant.type == event.type);
    CHECK(remnant.id == event.id);
    CHECK(remnant.position == event.position);
    CHECK(remnant.version == event.version);
    CHECK(remnant.time == event.time);
    CHECK(remnant.durable == event.durable);
    CHECK(remnant.commit_end == event.commit_end);
    CHECK(remnant.tags.empty());
    CHECK(remnant.data.empty());
    CHECK(remnant.metadata.empty());
    // Released, an event with data is none.
    std::vector<std::byte> wrong = whole;
    wrong[62] |= std::byte{kReleased};
    reseal(wrong);
    CHECK(fault_of(wrong) == RecordFault::bad_field);
  }

  TEST_CASE("record: a record can be given another place") {
    std::vector<std::byte> bytes = example();
    const FileOffset elsewhere(8192);
    CHECK(fault_of(bytes, kSalt, elsewhere) == RecordFault::bad_checksum);
    place_record(bytes, kSalt, elsewhere);
    CHECK(fault_of(bytes, kSalt, elsewhere) == RecordFault::none);
    place_record(bytes, kSalt, kOffset);
    CHECK(bytes == example());
  }

  TEST_CASE("record: any event comes back as it was") {
    for (std::uint32_t seed = 1; seed <= 500; ++seed) {
      CAPTURE(seed);
      std::mt19937 random(seed);
      const std::string stream(1 + random() % 512, 's');
      const std::string type(1 + random() % 512, 't');
      const std::string data(random() % 3 == 0 ? 0 : random() % 3000, 'd');
      const std::string metadata(random() % 2 == 0 ? 0 : random() % 100, 'm');
      const RecordStamp stamp{Position(1 + random()), Version(1 + random()),
                              Timestamp(1 + random()), Position(), random() % 2 == 0};
      Tags tags;
      for (std::uint32_t i = random() % 4; i > 0; --i)
        tags.add(std::string(1 + random() % 256, 'g'));
      const NewEvent event{Uuid::random(), type, as_bytes(data), as_bytes(metadata), tags};
      std::vector<std::byte> bytes = encode(stream, event, stamp);
      CHECK(bytes.size() % kRecordAlignment == 0);
      bytes.resize(bytes.size() + random() % 64,
                   std::byte{0xEE});  // what stands behind is not looked at
      const ParsedRecord parsed = parse_record(bytes, kSalt, kOffset);
      REQUIRE(parsed.fault == RecordFault::none);
      const EventView view = parsed.record.event();
      CHECK(view.position == stamp.position);
      CHECK(view.version == stamp.version);
      CHECK(view.time == stamp.time);
      CHECK(view.id == event.id);
      CHECK(view.stream == stream);
      CHECK(view.type == type);
      CHECK(as_text(view.data) == data);
      CHECK(as_text(view.metadata) == metadata);
      CHECK(Tags(view.tags) == tags);
      CHECK(parsed.record.commit_end == stamp.commit_end);
    }
  }

  TEST_CASE("record: tags whose lengths do not add up are damage although the checksum is right") {
    const Tags tags{"course=c1", "student=s1"};
    const NewEvent event{Uuid::random(), "t", {}, {}, tags};
    const std::vector<std::byte> good =
        encode("s", event, {Position(1), Version(1), Timestamp(1), Position(), true});
    CHECK(fault_of(good) == RecordFault::none);
    for (const std::uint16_t length : {std::uint16_t{1}, std::uint16_t{8}, std::uint16_t{300}}) {
      std::vector<std::byte> bytes = good;
      base::store_le(bytes, kRecordHeaderBytes + 2, length);
      reseal(bytes);
      CHECK(fault_of(bytes) == RecordFault::bad_field);
    }
  }

  TEST_CASE("record: no flipped bit passes, whatever the padding") {
    for (std::size_t more = 0; more < kRecordAlignment; ++more) {
      CAPTURE(more);
      const std::string data(more, 'd');
      const NewEvent event{Uuid::from_name(Uuid(), "flipped"), "t", as_bytes(data), {}};
      const auto bytes =
          encode("s", event, {Position(7), Version(2), Timestamp(3), Position(5), true});
      for_each_flip(bytes, [](std::span<const std::byte> flipped) {
        const RecordFault fault = fault_of(flipped);
        if (fault == RecordFault::none || fault == RecordFault::end_of_log) FAIL("passed");
      });
    }
  }

  TEST_CASE("record: no truncation passes, and nothing beyond it is read") {
    for_each_truncation(example(), [](std::span<const std::byte> bytes) {
      if (fault_of(bytes) != RecordFault::too_short) FAIL(bytes.size(), " bytes passed");
    });
  }

  TEST_CASE("record: at another place or with another salt it does not pass") {
    CHECK(fault_of(example(), Salt(1)) == RecordFault::bad_checksum);
    CHECK(fault_of(example(), kSalt, kOffset.plus(8)) == RecordFault::bad_checksum);
  }

  TEST_CASE("record: zeros are the end of the log, whatever stands behind the header's place") {
    std::vector<std::byte> bytes(200);
    CHECK(fault_of(bytes) == RecordFault::end_of_log);
    bytes[150] = std::byte{1};
    CHECK(fault_of(bytes) == RecordFault::end_of_log);
    bytes[60] = std::byte{1};
    CHECK(fault_of(bytes) == RecordFault::bad_length);
  }

  TEST_CASE("record: what is not allowed is refused although the checksum is right") {
    const auto refused = [](std::size_t offset, std::uint64_t value, std::size_t size) {
      std::vector<std::byte> bytes = example();
      for (std::size_t i = 0; i < size; ++i) {
        bytes[offset + i] = static_cast<std::byte>(value >> (8 * i));
      }
      reseal(bytes);
      return fault_of(bytes);
    };
    CHECK(refused(8, 0, 8) == RecordFault::bad_field);    // position
    CHECK(refused(16, 0, 8) == RecordFault::bad_field);   // version
    CHECK(refused(24, 0, 8) == RecordFault::bad_field);   // time
    CHECK(refused(52, 0, 4) == RecordFault::bad_field);   // durable lag
    CHECK(refused(52, 8, 4) == RecordFault::bad_field);   // beyond the position
    CHECK(refused(56, 0, 2) == RecordFault::bad_length);  // stream
    CHECK(refused(56, 513, 2) == RecordFault::bad_length);
    CHECK(refused(58, 0, 2) == RecordFault::bad_length);  // type
    CHECK(refused(62, 5, 2) == RecordFault::bad_field);   // flags
    CHECK(refused(105, 1, 1) == RecordFault::bad_field);  // padding
    CHECK(refused(52, 0xFFFFFFFF, 4) == RecordFault::none);
  }

  TEST_CASE("record: random bytes are never one") {
    for (std::uint32_t seed = 1; seed <= 2000; ++seed) {
      std::mt19937 random(seed);
      std::vector<std::byte> bytes(random() % 300);
      for (std::byte& byte : bytes) byte = static_cast<std::byte>(random() % 3);
      const RecordFault fault = fault_of(bytes);
      if (fault == RecordFault::none) FAIL("seed ", seed);
    }
  }
}

}  // namespace esker::format
