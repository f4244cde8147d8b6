#include "server/native/frame_reader.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "server/raw_client.hpp"

namespace esker::server::test {
namespace {

using Step = FrameReader::Step;
constexpr std::uint32_t kBodyMax = 1U << 20;
constexpr auto kAppend = static_cast<std::uint16_t>(format::MessageKind::append);
constexpr std::uint16_t kOther = 99;

/// Lets `reader` receive all of `bytes`, in pieces of at most `piece`, and collects the frames' bodies as texts.
std::vector<std::string> read_all(FrameReader& reader, std::span<const std::byte> bytes,
                                  std::size_t piece) {
  std::vector<std::string> bodies;
  while (true) {
    switch (reader.step()) {
      case Step::more: {
        if (bytes.empty()) return bodies;
        const std::span<std::byte> room = reader.room();
        REQUIRE(!room.empty());
        const std::size_t count = std::min({piece, room.size(), bytes.size()});
        std::ranges::copy(bytes.first(count), room.begin());
        reader.received(count);
        bytes = bytes.subspan(count);
        break;
      }
      case Step::storage:
        reader.provide_storage();
        break;
      case Step::frame: {
        const Frame frame = reader.take();
        bodies.emplace_back(as_text(frame.body));
        break;
      }
      case Step::fault:
        bodies.emplace_back(errc_name(reader.fault().code()));
        return bodies;
    }
  }
}

std::vector<std::byte> joined(const std::vector<std::vector<std::byte>>& frames) {
  std::vector<std::byte> bytes;
  for (const auto& frame : frames) bytes.insert(bytes.end(), frame.begin(), frame.end());
  return bytes;
}

TEST_SUITE("server") {
  TEST_CASE("frame reader: frames of all lengths come out whole, however they come in") {
    std::vector<std::vector<std::byte>> frames{frame_of_kind(1, 0, as_bytes("hello"))};
    std::vector<std::string> bodies{"hello"};
    for (const std::size_t bytes :
         {0UL, 1UL, 100UL, FrameReader::kBufferBytes - format::kFrameHeaderBytes,
          FrameReader::kBufferBytes, FrameReader::kBufferBytes + 1, 100'000UL, 3UL}) {
      for (const std::uint16_t kind : {kOther, kAppend}) {
        bodies.emplace_back(bytes, static_cast<char>('a' + bodies.size()));
        frames.push_back(frame_of_kind(kind, 1, as_bytes(bodies.back())));
      }
    }
    const std::vector<std::byte> bytes = joined(frames);
    for (const std::size_t piece : {1UL, 7UL, 1'000UL, 1'000'000UL}) {
      FrameReader reader(kBodyMax);
      CHECK(read_all(reader, bytes, piece) == bodies);
      CHECK(!reader.in_frame());
    }
  }

  TEST_CASE("frame reader: nothing is allocated for a frame before the session allows it") {
    FrameReader reader(kBodyMax);
    const std::vector<std::byte> bytes =
        joined({frame_of_kind(1, 0, {}), frame_of_kind(kOther, 1, std::vector<std::byte>(50'000))});
    std::ranges::copy(std::span(bytes).first(1'000), reader.room().begin());
    reader.received(1'000);
    REQUIRE(reader.step() == Step::frame);
    reader.take();
    REQUIRE(reader.step() == Step::storage);
    CHECK(reader.storage_bytes() == 50'000);
    CHECK(reader.received_bytes() == 1'000 - 2 * format::kFrameHeaderBytes);
    CHECK(reader.step() == Step::storage);  // until it is provided
    reader.provide_storage();
    CHECK(reader.step() == Step::more);
    // The rest goes straight to its place, and no byte more.
    CHECK(reader.room().size() == 50'000 - (1'000 - 2 * format::kFrameHeaderBytes));
    reader.received(40'000);
    CHECK(reader.received_bytes() == 41'000 - 2 * format::kFrameHeaderBytes);
    CHECK(reader.in_frame());
    reader.discard();
    CHECK(!reader.in_frame());
  }

  TEST_CASE("frame reader: a length beyond the limit is a fault as soon as it is known") {
    FrameReader reader(kBodyMax);
    read_all(reader, frame_of_kind(1, 0, {}), 100);
    const std::vector<std::byte> frame =
        frame_of_kind(kOther, 1, std::vector<std::byte>(kBodyMax + 1));
    CHECK(read_all(reader, std::span(frame).first(8), 8) == std::vector<std::string>{"too_large"});
    CHECK(reader.step() == Step::fault);
  }

  TEST_CASE("frame reader: a long first frame is a fault of another kind") {
    FrameReader reader(kBodyMax);
    const std::vector<std::byte> frame = frame_of_kind(1, 0, std::vector<std::byte>(257));
    CHECK(read_all(reader, std::span(frame).first(8), 8) == std::vector<std::string>{"protocol"});
  }

  TEST_CASE("frame reader: a wrong checksum and reserved bits are faults") {
    std::vector<std::byte> frame = frame_of_kind(1, 0, as_bytes("hello"));
    frame.back() ^= std::byte{0x80};
    FrameReader wrong_checksum(kBodyMax);
    CHECK(read_all(wrong_checksum, frame, 100) == std::vector<std::string>{"protocol"});

    // The checksum of a header with a flag, which no one should be able to send.
    frame = frame_of_kind(1, 0, {});
    frame[18] = std::byte{1};
    const std::uint32_t crc = format::crc32c(std::span(frame).subspan(8));
    for (std::size_t i = 0; i < 4; ++i) frame[4 + i] = static_cast<std::byte>(crc >> (8 * i));
    FrameReader flag(kBodyMax);
    CHECK(read_all(flag, frame, 100) == std::vector<std::string>{"protocol"});
  }
}

}  // namespace
}  // namespace esker::server::test
