#include "log/survey.hpp"

#include "log/damage_fixture.hpp"

namespace esker::log {
namespace {

constexpr io::Site kTest{"test.change"};

class SurveyFixture : protected DamageFixture {
 protected:
  Survey survey() {
    Result<Survey> found = survey_directory(*directory_);
    REQUIRE_MESSAGE(found.has_value(), found.assume_error().message());
    return std::move(found).assume_value();
  }
  void make_file(const std::string& name) {
    REQUIRE(directory_->open(name, io::OpenMode::create_new, kTest));
  }
};

}  // namespace

TEST_SUITE("log") {
  TEST_CASE_FIXTURE(SurveyFixture, "survey: sorts what is in the directory") {
    make_log();
    for (const char* const name :
         {"LOCK", "0000000000000001.run", "0000000000000002.run.tmp",
          "0000000000000007.segment.tmp", "set-aside-1", "notes.txt", "other.tmp"}) {
      make_file(name);
    }
    const Survey found = survey();
    CHECK(found.segments.size() == 4);
    CHECK(found.segments[0].footer.has_value());
    CHECK_FALSE(found.segments[3].footer.has_value());
    CHECK(found.runs == std::vector<std::string>{"0000000000000001.run"});
    CHECK(found.leftovers.size() == 2);
    CHECK(found.set_aside == std::vector<std::string>{"set-aside-1"});
    CHECK(found.unknown == std::vector<std::string>{"notes.txt", "other.tmp"});
    REQUIRE(found.watermark.has_value());
    CHECK(found.watermark->store == *found.store);
  }

  TEST_CASE_FIXTURE(SurveyFixture, "survey: goes on behind segments that cannot be read") {
    make_log();
    flip(file(1), 20);
    disk_.damage_size(file(2), 10);
    REQUIRE(directory_->rename(file(4), file(6), kTest));
    const Survey found = survey();
    REQUIRE(found.segments.size() == 4);
    CHECK_FALSE(found.segments[0].header.has_value());
    CHECK_FALSE(found.segments[1].header.has_value());
    CHECK(found.segments[2].header.has_value());
    CHECK_FALSE(found.segments[3].header.has_value());  // its header has another id
    CHECK(found.segments[3].gap_before);
    CHECK(found.segments[3].faults.size() == 2);
  }

  TEST_CASE_FIXTURE(SurveyFixture, "survey: a segment of another store is no part of the log") {
    make_log();
    format::SegmentHeader header = *survey().segments[1].header;
    header.store = Uuid::random();
    disk_.damage(file(2), 0, format::encode_segment_header(header));
    const Survey found = survey();
    CHECK_FALSE(found.segments[1].header.has_value());
    CHECK_FALSE(found.segments[1].footer.has_value());
    CHECK(found.segments[1].faults.size() == 1);
  }

  TEST_CASE_FIXTURE(SurveyFixture, "survey: a call that is refused is an error") {
    make_log();
    disk_.add_fault({.call = sim::Call::readdir, .error = EIO});
    CHECK(survey_directory(*directory_).assume_error().code() == Errc::io_error);
  }
}

}  // namespace esker::log
