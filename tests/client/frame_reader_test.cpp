#include "client/frame_reader.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>

#include "format/message.hpp"

using namespace esker;
using client::Frame;
using client::FrameReader;

namespace {

std::vector<std::byte> frame(std::uint64_t number, std::size_t body_bytes) {
  std::vector<std::byte> out(format::kFrameHeaderBytes + body_bytes);
  for (std::size_t i = 0; i < body_bytes; ++i) {
    out[format::kFrameHeaderBytes + i] = static_cast<std::byte>(number + i);
  }
  const std::span<const std::byte> body = std::span(out).subspan(format::kFrameHeaderBytes);
  format::encode_frame_header(std::span(out).first<format::kFrameHeaderBytes>(), 35, number,
                              std::span(&body, 1));
  return out;
}

/// Receives as much of `bytes` as there is room for, at most `most`; the rest.
std::span<const std::byte> receive(FrameReader& reader, std::span<const std::byte> bytes,
                                   std::size_t most) {
  std::size_t got = 0;
  for (const std::span<std::byte> room : reader.room()) {
    const std::size_t part = std::min({room.size(), bytes.size(), most - got});
    std::copy_n(bytes.begin(), part, room.begin());
    bytes = bytes.subspan(part);
    got += part;
  }
  REQUIRE(got > 0);
  reader.received(got);
  return bytes;
}

}  // namespace

TEST_SUITE("client") {
  TEST_CASE("frame_reader: frames of all sizes arrive whole however they are cut") {
    const std::size_t sizes[] = {0,    1,     100,   8191,   8192,  8193,    9000,
                                 3000, 32768, 40000, 200000, 10,    8192,    8192,
                                 8192, 0,     70000, 5,      65536, 1000000, 12};
    std::vector<std::byte> wire;
    std::uint64_t number = 0;
    for (const std::size_t size : sizes) {
      const std::vector<std::byte> one = frame(++number, size);
      wire.insert(wire.end(), one.begin(), one.end());
    }
    for (const std::size_t most :
         {std::size_t{7}, std::size_t{1000}, std::size_t{30000}, wire.size()}) {
      CAPTURE(most);
      FrameReader reader(1U << 20);
      std::span<const std::byte> rest = wire;
      std::uint64_t expected = 0;
      for (;;) {
        Result<std::optional<Frame>> next = reader.next();
        REQUIRE(next.has_value());
        if (next.assume_value()) {
          Frame& got = *next.assume_value();
          REQUIRE(got.header.request == ++expected);
          const std::size_t size = sizes[expected - 1];
          REQUIRE(got.body.size() == size);
          CHECK((got.storage != nullptr) == (size > FrameReader::kSmallBodyBytes));
          const auto body = got.take_body();
          const std::vector<std::byte> whole = frame(expected, size);
          CHECK(std::memcmp(body.get(), whole.data() + format::kFrameHeaderBytes, size) == 0);
        } else if (rest.empty()) {
          break;
        } else {
          rest = receive(reader, rest, most);
        }
      }
      CHECK(expected == std::size(sizes));
    }
  }

  TEST_CASE("frame_reader: a frame that is too long is refused by its header") {
    FrameReader reader(1000);
    const std::vector<std::byte> wire = frame(1, 1001);
    receive(reader, std::span(wire).first(format::kFrameHeaderBytes), wire.size());
    const Result<std::optional<Frame>> next = reader.next();
    REQUIRE(next.has_error());
    CHECK(next.assume_error().code() == Errc::too_large);
    CHECK(reader.refused_request() == 1);
  }

  TEST_CASE("frame_reader: any damaged byte behind the length is noticed") {
    for (const std::size_t size : {std::size_t{50}, std::size_t{9000}}) {
      for (std::size_t at = 4; at < 60; at += 5) {
        std::vector<std::byte> wire = frame(1, size);
        wire[at] ^= std::byte{1};
        FrameReader reader(1U << 20);
        receive(reader, wire, wire.size());
        const Result<std::optional<Frame>> next = reader.next();
        REQUIRE(next.has_error());
        CHECK(next.assume_error().code() == Errc::protocol);
      }
    }
  }
}
