#include "format/block_codec.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "format/damage.hpp"
#include "format/record.hpp"

namespace esker::format {
namespace {

/// Bytes that no compression makes fewer.
std::vector<std::byte> noise(std::size_t bytes) {
  std::vector<std::byte> out(bytes);
  std::uint64_t state = 1;
  for (std::byte& byte : out) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    byte = static_cast<std::byte>(state >> 56);
  }
  return out;
}

const BlockPosition kPosition{Salt(7), FileOffset(4096), 0};

std::vector<std::byte> text(std::size_t events, std::size_t from = 0) {
  std::string out;
  for (std::size_t i = from; i < from + events; ++i) {
    out += R"({"orderId":")" + std::to_string(i * 7919) + R"(","status":"paid","amount":)" +
           std::to_string(i % 97) + "}";
  }
  const auto bytes = as_bytes(out);
  return {bytes.begin(), bytes.end()};
}

std::vector<std::byte> trained() {
  std::vector<std::byte> samples;
  std::vector<std::size_t> sizes;
  for (std::size_t i = 0; i < 400; ++i) {
    const std::vector<std::byte> sample = text(8, 1000 * i);
    samples.insert(samples.end(), sample.begin(), sample.end());
    sizes.push_back(sample.size());
  }
  return train_dictionary(samples, sizes, 4096);
}

}  // namespace

TEST_SUITE("format") {
  TEST_CASE("block codec: what was encoded is decoded, in the way that takes least") {
    const std::vector<std::byte> dictionary = trained();
    REQUIRE_FALSE(dictionary.empty());
    BlockEncoder encoder(dictionary, 9);
    const BlockDictionary ready(dictionary);
    BlockDecoder decoder;
    const std::pair<std::vector<std::byte>, BlockKind> cases[] = {
        {text(100), BlockKind::packed},     {text(1), BlockKind::packed},
        {noise(5000), BlockKind::plain},    {std::vector<std::byte>(5000), BlockKind::zeros},
        {{std::byte{7}}, BlockKind::plain},
    };
    for (const auto& [image, kind] : cases) {
      std::vector<std::byte> out(3);  // behind what is there already
      const BlockEntry entry = encoder.encode(image, kPosition, out);
      CHECK(entry.kind == kind);
      CHECK(out.size() == 3 + entry.stored_bytes);
      std::vector<std::byte> back(image.size(), std::byte{0xee});
      const auto decoded = decoder.decode(entry, std::span(out).subspan(3), ready, kPosition.salt,
                                          kPosition.begin, back);
      CHECK(decoded.has_value());
      CHECK(back == image);
    }
  }

  TEST_CASE("block codec: the dictionary makes short blocks shorter") {
    const std::vector<std::byte> dictionary = trained();
    std::vector<std::byte> with;
    std::vector<std::byte> without;
    BlockEncoder(dictionary, 9).encode(text(4, 77), kPosition, with);
    BlockEncoder({}, 9).encode(text(4, 77), kPosition, without);
    CHECK(with.size() < without.size());
  }

  TEST_CASE("block codec: few samples make no dictionary, and blocks need none") {
    const std::vector<std::byte> sample = text(10);
    const std::size_t sizes[] = {sample.size()};
    CHECK(train_dictionary(sample, sizes, 4096).empty());
    std::vector<std::byte> out;
    const BlockEntry entry = BlockEncoder({}, 3).encode(sample, kPosition, out);
    std::vector<std::byte> back(sample.size());
    CHECK(BlockDecoder()
              .decode(entry, out, BlockDictionary({}), kPosition.salt, kPosition.begin, back)
              .has_value());
    CHECK(back == sample);
  }

  TEST_CASE("block codec: no flipped bit and no truncation of stored bytes passes") {
    std::vector<std::byte> out;
    const std::vector<std::byte> image = text(20);
    const BlockEntry entry = BlockEncoder({}, 3).encode(image, kPosition, out);
    const BlockDictionary none({});
    BlockDecoder decoder;
    std::vector<std::byte> back(image.size());
    for_each_flip(out, [&](std::span<const std::byte> bytes) {
      const auto decoded =
          decoder.decode(entry, bytes, none, kPosition.salt, kPosition.begin, back);
      if (decoded || decoded.error().code() != Errc::corrupt) FAIL("passed");
    });
    for_each_truncation(out, [&](std::span<const std::byte> bytes) {
      if (decoder.decode(entry, bytes, none, kPosition.salt, kPosition.begin, back)) FAIL("passed");
    });
  }

  TEST_CASE("block codec: bytes that decode to something else are refused, checksum or not") {
    std::vector<std::byte> out;
    const std::vector<std::byte> image = text(20);
    BlockEntry entry = BlockEncoder({}, 3).encode(image, kPosition, out);
    const BlockDictionary none({});
    BlockDecoder decoder;
    std::vector<std::byte> longer(image.size() + 1);
    std::vector<std::byte> shorter(image.size() - 1);
    CHECK_FALSE(
        decoder.decode(entry, out, none, kPosition.salt, kPosition.begin, longer).has_value());
    CHECK_FALSE(
        decoder.decode(entry, out, none, kPosition.salt, kPosition.begin, shorter).has_value());
    entry = {BlockKind::plain, entry.stored_bytes, entry.checksum};
    CHECK_FALSE(
        decoder.decode(entry, out, none, kPosition.salt, kPosition.begin, longer).has_value());
    const std::vector<std::byte> wild = noise(500);
    for (const std::size_t bytes : {0U, 3U, 4U, 30U, 500U}) {
      const auto part = std::span(wild).first(bytes);
      entry = {BlockKind::packed, static_cast<std::uint32_t>(bytes), crc32c(part)};
      CHECK_FALSE(decoder.decode(entry, part, none, kPosition.salt, kPosition.begin, longer));
    }
    entry = {BlockKind::packed, 500, crc32c(wild)};
    CHECK(
        decoder.decode(entry, wild, none, kPosition.salt, kPosition.begin, longer).error().code() ==
        Errc::corrupt);
  }
}

}  // namespace esker::format
