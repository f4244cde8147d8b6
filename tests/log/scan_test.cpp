#include "log/scan.hpp"

#include "log/log_fixture.hpp"

namespace esker::log {
namespace {

/// The segment's file, read by calls of its own.
class ScanFixture : protected LogFixture {
 protected:
  SegmentScan scan(Position expected = Position(1), std::uint64_t limit = UINT64_MAX) {
    read();
    OnRecord count = [this](const format::RecordView&, FileOffset) { ++seen_; };
    Result<SegmentScan> scanned = scan_segment(*file_, header_, expected, limit, count);
    REQUIRE(scanned.has_value());
    return std::move(scanned).assume_value();
  }
  void read() {
    file_ = directory_->open(file(1), io::OpenMode::read_only, io::Site{"test.open"}).value();
    header_ = log_->segments()->all()[0]->header();
  }

  std::unique_ptr<io::File> file_;
  format::SegmentHeader header_;
  std::size_t seen_ = 0;
};

}  // namespace

TEST_SUITE("log") {
  TEST_CASE_FIXTURE(ScanFixture, "scan: ends where nothing was written") {
    open();
    committed(3);
    committed(2, 5000);
    const SegmentScan result = scan();
    CHECK(seen_ == 5);
    CHECK(result.fault == format::RecordFault::end_of_log);
    CHECK(result.first == Position(1));
    CHECK(result.next == Position(6));
    CHECK(result.committed == 5);
    CHECK(result.committed_end == result.end);
    CHECK(result.committed_last() == Position(5));
    CHECK(result.durable == Position(3));
    for (std::uint64_t i = 0; i < 5; ++i) {
      CHECK(std::uint64_t{result.offsets[i]} * 8 ==
            log_->segments()->all()[0]->offset_of(Position(i + 1)).value());
    }
  }

  TEST_CASE_FIXTURE(ScanFixture, "scan: a commit without its end is not committed") {
    open();
    committed(2);
    committed(3);
    const FileOffset last = log_->segments()->all()[0]->offset_of(Position(5));
    flip(file(1), last.value() + 20);
    const SegmentScan result = scan();
    CHECK(result.fault == format::RecordFault::bad_checksum);
    CHECK(result.next == Position(5));
    CHECK(result.committed == 2);
    CHECK(result.end == last);
  }

  TEST_CASE_FIXTURE(ScanFixture, "scan: a position out of order ends it") {
    open();
    committed(2);
    const SegmentScan result = scan(Position(7));
    CHECK(result.fault == format::RecordFault::none);
    CHECK(result.offsets.empty());
    CHECK(scan(Position()).first == Position(1));
  }

  TEST_CASE_FIXTURE(ScanFixture, "scan: goes no further than its limit") {
    open();
    committed(5);
    CHECK(scan(Position(1), 3).next == Position(4));
  }
}

}  // namespace esker::log
