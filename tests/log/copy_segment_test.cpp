#include "log/copy_segment.hpp"

#include <cerrno>

#include "log/copy_fixture.hpp"

namespace esker::log {
namespace {

class Fixture : public CopyFixture {
 protected:
  void make() {
    make_log();
    target_ = disk_.open_directory("/copy");
    segment_ = open_segment_file(*directory_, SegmentId(1)).value();
  }
  std::uint64_t bytes_ = 0;
  OnBytes on_bytes_ = [this](std::uint64_t bytes) { bytes_ += bytes; };
  std::unique_ptr<io::Directory> target_;
  SegmentFile segment_;
};

}  // namespace

TEST_SUITE("log") {
  TEST_CASE_FIXTURE(Fixture, "copy segment: a copied file has the same bytes, durably") {
    make();
    REQUIRE(copy_file(*segment_.file, 64 << 10, &segment_, *target_, file(1), on_bytes_));
    CHECK(bytes_ == 64 << 10);
    CHECK(target_->sync(kCopyTest));
    CHECK(disk_.durable_bytes(file(1), "/copy") == disk_.bytes(file(1)));
    const auto copied = target_->open(file(1), io::OpenMode::read_only, kCopyTest).value();
    CHECK(check_sealed(*copied, segment_, on_bytes_));
    flip(file(1), 7000);
    CHECK(check_sealed(*segment_.file, segment_, on_bytes_).error().code() == Errc::corrupt);
    CHECK(copy_file(*segment_.file, 64 << 10, &segment_, *target_, "x", on_bytes_).error().code() ==
          Errc::corrupt);
    CHECK(copy_file(*segment_.file, 64 << 10, nullptr, *target_, "y", on_bytes_));
  }

  TEST_CASE_FIXTURE(Fixture, "copy segment: records larger than what is read at once are copied") {
    options_.segment_bytes_first = 16 << 20;
    options_.segment_bytes = 16 << 20;
    open();
    for (int i = 0; i < 6; ++i) committed(2, 3 << 20);
    run_background();
    close();
    look_at("/sim");
    segment_ = open_segment_file(*directory_, SegmentId(1)).value();
    REQUIRE(segment_.footer);
    target_ = disk_.open_directory("/copy");
    REQUIRE(copy_file(*segment_.file, segment_.header.file_bytes, &segment_, *target_, file(1),
                      on_bytes_));
    CHECK(disk_.bytes(file(1), "/copy") == disk_.bytes(file(1)));
  }

  TEST_CASE_FIXTURE(Fixture, "copy segment: where blocks cannot be shared nothing is left") {
    make();
    CHECK(share_file(*segment_.file, *target_, file(1)).error().code() == Errc::not_supported);
    CHECK(disk_.names("/copy").empty());
  }

  TEST_CASE_FIXTURE(Fixture, "copy segment: sealed again from its records it is the same file") {
    make();
    REQUIRE(copy_records(*segment_.file, segment_, segment_.footer->records, segment_.header,
                         CopySeal::yes, *target_, file(1), on_bytes_));
    CHECK(disk_.bytes(file(1), "/copy") == disk_.bytes(file(1)));
  }

  TEST_CASE_FIXTURE(Fixture, "copy segment: records get the checksums of their new segment") {
    make();
    format::SegmentHeader header = segment_.header;
    header.id = SegmentId(7);
    header.salt = format::Salt(12345);
    REQUIRE(copy_records(*segment_.file, segment_, 8, header, CopySeal::no, *target_, file(7),
                         on_bytes_));
    const SegmentFile copied = open_segment_file(*target_, SegmentId(7)).value();
    OnRecord nothing = [](const format::RecordView&, FileOffset) {};
    const SegmentScan scan =
        scan_segment(*copied.file, copied.header, Position(1), 100, nothing).value();
    CHECK(scan.committed == 8);
    CHECK(scan.fault == format::RecordFault::end_of_log);
    CHECK_FALSE(copied.footer);
  }

  TEST_CASE_FIXTURE(Fixture, "copy segment: records that are not there are an error") {
    make();
    const std::uint64_t records = segment_.footer->records;
    CHECK(copy_records(*segment_.file, segment_, records + 1, segment_.header, CopySeal::no,
                       *target_, file(1), on_bytes_)
              .error()
              .code() == Errc::corrupt);
    flip(file(1), offset_of(3) + 20);
    REQUIRE(target_->remove(file(1), kCopyTest));
    CHECK(copy_records(*segment_.file, segment_, records, segment_.header, CopySeal::yes, *target_,
                       file(1), on_bytes_)
              .error()
              .code() == Errc::corrupt);
  }
}

}  // namespace esker::log
