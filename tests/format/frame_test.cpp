#include "format/frame.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/byte_order.hpp"
#include "esker/event.hpp"
#include "format/checksum.hpp"
#include "format/damage.hpp"

namespace esker::format {
namespace {

std::vector<std::byte> frame_of(std::string_view body) {
  std::vector<std::byte> frame(kFrameHeaderBytes);
  const std::span<const std::byte> piece = as_bytes(body);
  encode_frame_header(std::span(frame).first<kFrameHeaderBytes>(), 7, 42, std::span(&piece, 1));
  frame.insert(frame.end(), piece.begin(), piece.end());
  return frame;
}

bool passes(std::span<const std::byte> frame) {
  const auto header_bytes = frame.first<kFrameHeaderBytes>();
  const FrameHeader header = parse_frame_header(header_bytes);
  if (header.body_bytes != frame.size() - kFrameHeaderBytes) return false;
  return check_frame(header_bytes, header, frame.subspan(kFrameHeaderBytes)) == FrameFault::none;
}

}  // namespace

TEST_SUITE("format") {
  TEST_CASE("frame: what is encoded is read back and passes") {
    for (const std::string_view body :
         {"", "x", "a longer body than the header is, by some bytes"}) {
      const std::vector<std::byte> frame = frame_of(body);
      const FrameHeader header = parse_frame_header(std::span(frame).first<kFrameHeaderBytes>());
      CHECK(header.body_bytes == body.size());
      CHECK(header.request == 42);
      CHECK(header.kind == 7);
      CHECK(passes(frame));
    }
  }

  TEST_CASE("frame: the body may come in pieces") {
    std::array<std::byte, kFrameHeaderBytes> header{};
    const std::array<std::span<const std::byte>, 3> pieces{as_bytes("ab"), as_bytes(""),
                                                           as_bytes("cde")};
    encode_frame_header(header, 7, 42, pieces);
    const std::vector<std::byte> whole = frame_of("abcde");
    CHECK(std::equal(header.begin(), header.end(), whole.begin()));
  }

  TEST_CASE("frame: no flipped bit and no truncation passes") {
    const std::vector<std::byte> frame = frame_of("some body");
    for_each_flip(frame, [](std::span<const std::byte> bytes) {
      if (passes(bytes)) FAIL("passed");
    });
    for_each_truncation(frame, [](std::span<const std::byte> bytes) {
      if (bytes.size() >= kFrameHeaderBytes && passes(bytes)) FAIL("passed");
    });
  }

  TEST_CASE("frame: reserved bits are refused although the checksum is right") {
    for (const std::size_t offset : {18U, 19U, 20U, 23U}) {
      std::vector<std::byte> frame = frame_of("body");
      frame[offset] = std::byte{1};
      const std::uint32_t checksum = crc32c(std::span(frame).subspan(8));
      base::store_le(std::span(frame), 4, checksum);
      const auto header_bytes = std::span<const std::byte>(frame).first<kFrameHeaderBytes>();
      CHECK(check_frame(header_bytes, parse_frame_header(header_bytes),
                        std::span(frame).subspan(kFrameHeaderBytes)) == FrameFault::bad_field);
    }
  }
}

}  // namespace esker::format
