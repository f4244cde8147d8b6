#include "log/segment.hpp"

#include "log/log_fixture.hpp"

namespace esker::log {

TEST_SUITE("log") {
  TEST_CASE_FIXTURE(LogFixture,
                    "segment: reads what has been published, growing and sealed alike") {
    open();
    fill_segments(2);
    const auto& segments = log_->segments()->all();
    REQUIRE(segments[0]->sealed());
    for (const std::shared_ptr<Segment>& segment : segments) {
      FileOffset expected(format::kSegmentHeaderBytes);
      for (Position at = segment->first(); at < segment->end(); at = at.next()) {
        CHECK(segment->offset_of(at) == expected);
        const auto record = segment->read(at);
        REQUIRE(record.has_value());
        expected = expected.plus(record.assume_value().padded_bytes());
      }
      CHECK(segment->offset_of(segment->end()) == expected);
    }
  }

  TEST_CASE_FIXTURE(LogFixture, "segment: a damaged record is named when it is read") {
    open();
    committed(3);
    const auto segment = log_->segments()->all()[0];
    flip(file(1), segment->offset_of(Position(2)).value() + 64);
    CHECK(segment->read(Position(1)).has_value());
    const auto damaged = segment->read(Position(2));
    REQUIRE_FALSE(damaged.has_value());
    CHECK(damaged.assume_error().code() == Errc::corrupt);
    CHECK(damaged.assume_error().message().find(file(1)) != std::string::npos);
    CHECK(segment->read(Position(3)).has_value());
  }

  TEST_CASE_FIXTURE(LogFixture, "segment: a damaged offset table is noticed, never believed") {
    open();
    fill_segments(2);
    const auto segment = log_->segments()->all()[0];
    const FileOffset table =
        format::offset_table_begin(segment->header().file_bytes, segment->footer().records);
    for (const std::uint64_t byte : {4U, 5U, 6U, 7U}) {
      flip(file(1), table.value() + byte);
      const auto record = segment->read(segment->first().next());
      REQUIRE_FALSE(record.has_value());
      CHECK(record.assume_error().code() == Errc::corrupt);
      flip(file(1), table.value() + byte);
    }
    CHECK(segment->read(segment->first().next()).has_value());
  }

  TEST_CASE_FIXTURE(LogFixture, "segment set: finds the segment of each position and no other") {
    open();
    fill_segments(4);
    const auto set = log_->segments();
    CHECK(set->find(Position(0)) == nullptr);
    CHECK(set->find(log_->visible().next()) == nullptr);
    for (Position at(1); at <= log_->visible(); at = at.next()) {
      const auto segment = set->find(at);
      REQUIRE(segment != nullptr);
      CHECK(segment->first() <= at);
      CHECK(at < segment->end());
    }
  }
}

}  // namespace esker::log
