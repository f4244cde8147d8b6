#include "client/event_frame.hpp"

#include <doctest/doctest.h>

#include <cstring>

#include "client/fake_server.hpp"

using namespace esker;
using tests::SegmentPiece;

namespace {

Result<std::shared_ptr<const client::EventFrame>> frame_of(std::span<const SegmentPiece> pieces) {
  std::vector<format::Extent> extents;
  std::vector<std::span<const std::byte>> bytes;
  for (const SegmentPiece& piece : pieces) {
    extents.push_back(piece.extent);
    bytes.emplace_back(piece.bytes);
  }
  std::vector<std::byte> frame(format::events_head_bytes(extents.size()));
  format::encode_events_head(frame, 1, extents, bytes);
  for (const auto& piece : bytes) frame.insert(frame.end(), piece.begin(), piece.end());
  const std::size_t body_bytes = frame.size() - format::kFrameHeaderBytes;
  auto body = std::make_unique<std::byte[]>(body_bytes);
  std::memcpy(body.get(), frame.data() + format::kFrameHeaderBytes, body_bytes);
  return client::make_event_frame(std::move(body), body_bytes);
}

}  // namespace

TEST_SUITE("client") {
  TEST_CASE("event_frame: the walk passes all records of all extents in order") {
    const SegmentPiece pieces[] = {tests::records(1, 3), tests::records(10, 1),
                                   tests::records(20, 5)};
    const auto frame = frame_of(pieces);
    REQUIRE(frame.has_value());
    CHECK(frame.assume_value()->records == 9);
    client::RecordWalk walk(*frame.assume_value());
    for (const std::uint64_t position : {1U, 2U, 3U, 10U, 20U, 21U, 22U, 23U, 24U}) {
      REQUIRE_FALSE(walk.done());
      const auto record = walk.next();
      REQUIRE(record.has_value());
      CHECK(record.assume_value().position.value() == position);
    }
    CHECK(walk.done());
    const auto last = client::last_record(*frame.assume_value());
    REQUIRE(last.has_value());
    CHECK(last.assume_value().position.value() == 24);
  }

  TEST_CASE("event_frame: a record that is damaged or from another place is corrupt") {
    SegmentPiece piece = tests::records(1, 2);
    SUBCASE("damaged") { piece.bytes[70] ^= std::byte{1}; }
    SUBCASE("another place") { piece.extent.offset = piece.extent.offset.plus(8); }
    const auto frame = frame_of(std::span(&piece, 1));
    REQUIRE(frame.has_value());
    client::RecordWalk walk(*frame.assume_value());
    const auto record = walk.next();
    REQUIRE(record.has_error());
    CHECK(record.assume_error().code() == Errc::corrupt);
    CHECK(client::last_record(*frame.assume_value()).has_error());
  }

  TEST_CASE("event_frame: an extent that counts its records wrongly is a breach of the protocol") {
    for (const std::uint32_t claimed : {1U, 3U}) {
      SegmentPiece piece = tests::records(1, 2);
      piece.extent.records = claimed;
      const auto frame = frame_of(std::span(&piece, 1));
      REQUIRE(frame.has_value());
      const auto last = client::last_record(*frame.assume_value());
      REQUIRE(last.has_error());
      CHECK(last.assume_error().code() == Errc::protocol);
    }
    SegmentPiece piece = tests::records(1, 2);
    piece.extent.records = 0;
    CHECK(frame_of(std::span(&piece, 1)).has_error());
  }

  TEST_CASE("event_frame: what is not an events message is refused") {
    auto body = std::make_unique<std::byte[]>(3);
    const auto frame = client::make_event_frame(std::move(body), 3);
    REQUIRE(frame.has_error());
    CHECK(frame.assume_error().code() == Errc::protocol);
  }
}
