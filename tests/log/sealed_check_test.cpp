#include "log/sealed_check.hpp"

#include <algorithm>

#include "log/damage_fixture.hpp"
#include "log/inventory.hpp"

namespace esker::log {
namespace {

/// A sealed segment's bytes, handed to a check in pieces.
class Fixture : protected DamageFixture {
 protected:
  void read_segment() {
    make_log();
    segment_ = open_segment_file(*directory_, SegmentId(1)).value();
    bytes_ = disk_.bytes(file(1));
  }

  /// Hands over `piece` bytes more at a time, with what was left.
  Result<void> check(std::size_t piece) {
    SealedCheck check("1.segment", segment_.header, *segment_.footer);
    std::size_t begin = 0;
    for (std::size_t end = piece; begin < bytes_.size(); end += piece) {
      end = std::min(end, bytes_.size());
      ESKER_TRY(const std::size_t done, check.take(std::span(bytes_).subspan(begin, end - begin)));
      begin += done;
      if (begin < end && end == bytes_.size()) return Error(Errc::closed, "bytes are left");
      REQUIRE(check.at().value() == begin);
    }
    return ok();
  }

  SegmentFile segment_;
  std::vector<std::byte> bytes_;
};

}  // namespace

TEST_SUITE("log") {
  TEST_CASE_FIXTURE(Fixture, "sealed check: a whole segment passes, in pieces of any length") {
    read_segment();
    for (const std::size_t piece : {64, 100, 999, 4096, 5000, 1 << 20}) {
      CAPTURE(piece);
      const Result<void> checked = check(piece);
      CHECK_MESSAGE(checked.has_value(), checked.assume_error().message());
    }
  }

  // F12.
  TEST_CASE_FIXTURE(Fixture, "sealed check: a flipped bit anywhere is found") {
    read_segment();
    const std::size_t records_end = segment_.footer->records_end.value();
    for (std::size_t at = 0; at < bytes_.size();) {
      CAPTURE(at);
      bytes_[at] ^= std::byte{0x20};
      CHECK(check(4096).error().code() == Errc::corrupt);
      bytes_[at] ^= std::byte{0x20};
      at +=
          at < 100 || (at > records_end - 100 && at < records_end + 20) || at > bytes_.size() - 1000
              ? 1
              : 61;
    }
    CHECK(check(4096));
  }

  TEST_CASE_FIXTURE(Fixture, "sealed check: names file and offset of what is wrong") {
    read_segment();
    bytes_[offset_of(12) + 70] ^= std::byte{1};
    const std::string message = check(4096).error().message();
    CHECK(message.find("1.segment at offset " + std::to_string(offset_of(12))) == 0);
  }

  TEST_CASE_FIXTURE(Fixture,
                    "sealed check: records that end before or behind the footer's say so") {
    read_segment();
    format::SegmentFooter& footer = *segment_.footer;
    SUBCASE("one record too few") { --footer.records; }
    SUBCASE("one position later") { footer.first = footer.first.next(); }
    SUBCASE("another time") { footer.last_time = footer.last_time.plus(1); }
    SUBCASE("a record's end within a commit") {
      footer.records_end = FileOffset(offset_of(footer.records));
      --footer.records;
    }
    const auto encoded = format::encode_segment_footer(footer);
    std::copy(encoded.begin(), encoded.end(), bytes_.end() - encoded.size());
    CHECK(check(4096).error().code() == Errc::corrupt);
  }
}

}  // namespace esker::log
