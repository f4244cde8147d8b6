#include "log/record_walk.hpp"

#include "log/damage_fixture.hpp"

namespace esker::log {
namespace {

class WalkFixture : protected LogFixture {
 protected:
  void open_walk(FileOffset end = FileOffset(64 << 10)) {
    file_ = directory_->open(file(1), io::OpenMode::read_only, io::Site{"test.open"}).value();
    walk_ = std::make_unique<RecordWalk>(*file_, log_->segments()->all()[0]->header(), end);
  }
  WalkStep next() {
    const Result<WalkStep> step = walk_->next();
    REQUIRE(step.has_value());
    return step.assume_value();
  }

  std::unique_ptr<io::File> file_;
  std::unique_ptr<RecordWalk> walk_;
};

}  // namespace

TEST_SUITE("log") {
  TEST_CASE_FIXTURE(WalkFixture, "walk: goes over all records to the end of the log") {
    open();
    committed(3);
    open_walk();
    for (std::uint64_t position = 1; position <= 3; ++position) {
      const WalkStep step = next();
      CHECK(step.kind == WalkStep::Kind::record);
      CHECK(step.record.position == Position(position));
    }
    const WalkStep end = next();
    CHECK(end.kind == WalkStep::Kind::end);
    CHECK(end.fault == format::RecordFault::end_of_log);
    CHECK(next().kind == WalkStep::Kind::end);
  }

  TEST_CASE_FIXTURE(WalkFixture, "walk: a bad record is a gap up to the next intact one") {
    open();
    committed(4);
    const auto segment = log_->segments()->all()[0];
    flip(file(1), segment->offset_of(Position(2)).value() + 20);
    open_walk();
    CHECK(next().record.position == Position(1));
    const WalkStep gap = next();
    CHECK(gap.kind == WalkStep::Kind::gap);
    CHECK(gap.begin == segment->offset_of(Position(2)));
    CHECK(gap.end == segment->offset_of(Position(3)));
    CHECK(gap.fault == format::RecordFault::bad_checksum);
    CHECK(next().record.position == Position(3));
  }

  TEST_CASE_FIXTURE(WalkFixture, "walk: looks at nothing behind its end") {
    open();
    committed(4);
    const FileOffset third = log_->segments()->all()[0]->offset_of(Position(3));
    open_walk(third);
    next();
    next();
    const WalkStep end = next();
    CHECK(end.kind == WalkStep::Kind::end);
    CHECK(end.begin == third);
    open_walk(third.plus(64));
    next();
    next();
    CHECK(next().fault == format::RecordFault::too_short);
  }

  TEST_CASE_FIXTURE(WalkFixture, "walk: finds the last byte that is not zero") {
    open();
    open_walk();
    const std::byte one{1};
    disk_.damage(file(1), 30'000, std::span(&one, 1));
    CHECK(end_of_data(*file_, FileOffset(4096), FileOffset(64 << 10)).value() ==
          FileOffset(30'001));
    CHECK(end_of_data(*file_, FileOffset(30'001), FileOffset(64 << 10)).value() ==
          FileOffset(30'001));
    CHECK(end_of_data(*file_, FileOffset(4096), FileOffset(30'000)).value() == FileOffset(4096));
  }
}

}  // namespace esker::log
