#include "log/copy_source.hpp"

#include "log/copy_fixture.hpp"

namespace esker::log {
namespace {

class Fixture : public CopyFixture {
 protected:
  CopySource live() { return read_live_source(*directory_).value(); }
  CopySource closed() { return read_closed_source(*directory_).value(); }
};

}  // namespace

TEST_SUITE("log") {
  TEST_CASE_FIXTURE(Fixture, "copy source: all that was written is in it while the log is open") {
    open();
    for (int i = 0; i < 40; ++i) {
      committed(3, 1000);
      if (i % 3 == 0) run_background();
      const CopySource source = live();
      CHECK(source.last == log_->visible());
      CHECK(source.store == log_->store_id());
      CHECK(source.incarnation == log_->incarnation());
      CHECK(source.proven <= source.last);
      const CopyCut cut = find_cut(*directory_, source, {}).value();
      CHECK(cut.last == source.last);
      CHECK(cut.whole_segments + 1 == source.segments.size());
    }
  }

  TEST_CASE_FIXTURE(Fixture, "copy source: a commit that is being written is not in it") {
    open();
    committed(3);
    const auto group = build(4).value();
    for (std::size_t bytes = 0; bytes <= group.bytes.size(); bytes += 40) {
      CAPTURE(bytes);
      disk_.damage(file(1), group.begin.value(), std::span(group.bytes).first(bytes));
      CHECK(live().last == Position(3));
    }
    disk_.damage(file(1), group.begin.value(), group.bytes);
    CHECK(live().last == Position(7));
  }

  TEST_CASE_FIXTURE(Fixture, "copy source: damage is named in an open log, too") {
    open();
    fill_segments(3);
    committed(3);
    const std::uint64_t first = log_->segments()->all()[2]->first().value();
    SUBCASE("before what the watermark speaks of") {
      clock_.advance(std::chrono::seconds(2));
      run_background();
      flip(file(3), log_->segments()->all()[2]->offset_of(Position(first)).value() + 70);
    }
    SUBCASE("a segment is missing") { REQUIRE(directory_->remove(file(2), kCopyTest)); }
    const Result<CopySource> source = read_live_source(*directory_);
    CHECK(source.error().code() == Errc::corrupt);
    CHECK(source.error().message().find(".segment") != std::string::npos);
  }

  TEST_CASE_FIXTURE(Fixture, "copy source: a closed log ends where opening it would let it end") {
    const std::uint64_t events = make_log();
    CHECK(closed().last == Position(events));
    CHECK(closed().segments.size() == 3);
    flip(file(3), offset_of(events) + 30);
    CHECK(read_closed_source(*directory_).error().code() == Errc::corrupt);
  }

  TEST_CASE_FIXTURE(Fixture, "copy source: a watermark of another store is an error") {
    make_log();
    format::Watermark watermark;
    watermark.store = Uuid::random();
    watermark.sequence = 100;
    disk_.damage("watermark", 0, format::encode_watermark(watermark));
    CHECK(read_closed_source(*directory_).error().code() == Errc::corrupt);
    CHECK(read_live_source(*directory_).error().code() == Errc::corrupt);
  }

  TEST_CASE_FIXTURE(Fixture, "copy source: a cut within a damaged segment is an error") {
    make_log();
    const CopySource source = closed();
    flip(file(1), offset_of(12) + 70);
    CHECK(find_cut(*directory_, source, {.position = Position(9)}).error().code() == Errc::corrupt);
  }
}

}  // namespace esker::log
