#include "log/compaction.hpp"

#include <algorithm>

#include "log/damage_fixture.hpp"

namespace esker::log {
namespace {

constexpr io::Site kTest{"test.change"};

const std::string kMerged =
    format::segment_file_name({SegmentId(1), SegmentId(3)});  // what the fixture makes

}  // namespace

/// A log whose three sealed segments become one.
class MergeFixture : protected DamageFixture {
 protected:
  void make() {
    open();
    fill_segments(4);
    before_ = log_->segments()->all();
    events_ = log_->visible().value();
  }

  [[nodiscard]] std::vector<std::shared_ptr<Segment>> sealed() const {
    return {before_.begin(), before_.begin() + 3};
  }

  /// Merges them, and the log goes on with what they have become.
  void merge() {
    Compaction compaction(
        *directory_, sealed(), [](const format::RecordView&) { return Fate::keep; },
        Compaction::Extent::all);
    carry_through(compaction);
    CHECK_FALSE(compaction.counts().anything());
  }

  void make_merged() {
    make();
    merge();
    close();
    before_.clear();
  }

  [[nodiscard]] bool there(const std::string& name) const {
    const std::vector<std::string> names = disk_.names();
    return std::ranges::find(names, name) != names.end();
  }

  std::vector<std::shared_ptr<Segment>> before_;
  std::uint64_t events_ = 0;
};

TEST_SUITE("log") {
  TEST_CASE_FIXTURE(MergeFixture,
                    "compaction: several segments become one, with all their events") {
    make();
    std::vector<format::SegmentKey> keys;
    for (const std::shared_ptr<Segment>& segment : sealed()) {
      keys.push_back(
          {segment->header().id, segment->header().salt, segment->first(), segment->end()});
    }
    merge();
    const std::shared_ptr<Segment> merged = log_->segments()->all().front();
    CHECK(log_->segments()->all().size() == 2);
    CHECK(format::keys_of(merged->header(), merged->first(), merged->end()) == keys);
    CHECK(check_all() == events_);
    // Who has an old one reads on in it.
    CHECK(before_[1]->read(before_[1]->first()).has_value());
    CHECK(there(kMerged));
    for (const std::uint64_t id : {1, 2, 3}) CHECK_FALSE(there(file(id)));
    close();
    check_usable(events_);
  }

  TEST_CASE_FIXTURE(MergeFixture,
                    "compaction: merged is what counts when anything of it is missing") {
    make();
    const std::vector<std::byte> second = disk_.bytes(file(2));
    const std::vector<std::byte> third = disk_.bytes(file(3));
    merge();
    close();
    const auto put = [this](const std::string& name, std::span<const std::byte> bytes) {
      const auto made = directory_->open(name, io::OpenMode::create_new, kTest);
      REQUIRE(made.has_value());
      REQUIRE(made.assume_value()->write_at(FileOffset(), bytes, kTest));
      REQUIRE(made.assume_value()->sync_all(kTest));
      REQUIRE(directory_->sync(kTest));
    };
    put(file(2), second);
    put(file(3), third);
    CHECK(verify().notes.size() == 2);
    check_usable(events_);
    CHECK(there(kMerged));
    CHECK_FALSE(there(file(2)));
    CHECK_FALSE(there(file(3)));
  }

  TEST_CASE_FIXTURE(MergeFixture,
                    "compaction: what was merged counts as long as all of it is there") {
    make();
    std::vector<std::vector<std::byte>> files;
    for (const std::uint64_t id : {1, 2, 3}) files.push_back(disk_.bytes(file(id)));
    merge();
    close();
    for (const std::uint64_t id : {1, 2, 3}) {
      const auto made = directory_->open(file(id), io::OpenMode::create_new, kTest);
      REQUIRE(made.has_value());
      REQUIRE(made.assume_value()->write_at(FileOffset(), files[id - 1], kTest));
      REQUIRE(made.assume_value()->sync_all(kTest));
    }
    REQUIRE(directory_->sync(kTest));
    CHECK(verify().notes.size() == 1);
    check_usable(events_);
    CHECK_FALSE(there(kMerged));
  }

  TEST_CASE_FIXTURE(MergeFixture,
                    "compaction: a merged segment's footer is made again at the next open") {
    make_merged();
    const std::vector<std::byte> whole = disk_.bytes(kMerged);
    flip(kMerged, whole.size() - format::kSegmentFooterBytes + 20);
    open();
    CHECK(log_->report().warnings.size() == 1);
    CHECK(check_all() == events_);
    CHECK(disk_.bytes(kMerged) == whole);
    close();
    // The same when it is the log's end.
    while (there(file(4))) REQUIRE(directory_->remove(file(4), kTest));
    while (there(file(5))) REQUIRE(directory_->remove(file(5), kTest));
    REQUIRE(directory_->remove("watermark", kTest));
    flip(kMerged, whole.size() - format::kSegmentFooterBytes + 20);
    open();
    const std::uint64_t left = log_->visible().value();
    CHECK(left < events_);
    committed(3);
    CHECK(check_all() == left + 3);
    close();
    CHECK(disk_.bytes(kMerged) == whole);
    CHECK(there(file(4)));
  }

  TEST_CASE_FIXTURE(MergeFixture,
                    "compaction: a loss in a merged segment is found and can be cut") {
    std::size_t part = 0;
    SUBCASE("in the first part") { part = 0; }
    SUBCASE("in the second part") { part = 1; }
    SUBCASE("in the last part") { part = 2; }
    make();
    const Position lost = before_[part]->first().plus(12);
    const Position first = before_[part]->first();
    merge();
    const FileOffset offset = log_->segments()->all().front()->offset_of(lost);
    close();
    before_.clear();
    flip(kMerged, offset.value() + 30);
    CHECK(one_fault(kMerged, offset.value()).report.segments[0].lost);
    CHECK(try_open().has_value());  // sealed segments are not read when a store is opened
    close();
    CHECK(repair().needs_cut);
    const RepairReport report = repair({.cut = true});
    CHECK(report.cut);
    CHECK(report.last == first.plus(7));  // the commits are of eight events
    CHECK(there(kMerged) == (part == 2));
    check_usable(first.value() + 7);
  }

  TEST_CASE_FIXTURE(MergeFixture, "compaction: merged segments can be merged again") {
    make();
    merge();
    fill_segments(4);
    std::vector<std::shared_ptr<Segment>> segments = log_->segments()->all();
    segments.pop_back();
    Compaction compaction(
        *directory_, segments, [](const format::RecordView&) { return Fate::keep; },
        Compaction::Extent::all);
    while (!compaction.step().value()) {
    }
    log_->replace(compaction.segments(), compaction.compacted());
    CHECK(compaction.compacted()->header().parts.size() == 5);
    const std::uint64_t events = check_all();
    close();
    CHECK_FALSE(there(kMerged));
    check_usable(events);
  }
}

}  // namespace esker::log
