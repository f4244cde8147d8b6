#include "log/inventory.hpp"

#include <algorithm>

#include "log/log_fixture.hpp"

namespace esker::log {

TEST_SUITE("log") {
  TEST_CASE_FIXTURE(LogFixture, "inventory: sorts names into what they are") {
    open();
    fill_segments(3);
    close();
    const auto make = [this](std::string_view name) {
      REQUIRE(directory_->open(name, io::OpenMode::create_new, io::Site{"test.make"}));
    };
    make("LOCK");
    make("0000000000000001.run");
    make(file(7) + ".tmp");
    make("stranger");
    const auto inventory = take_inventory(*directory_);
    REQUIRE(inventory.has_value());
    const Inventory& found = inventory.assume_value();
    CHECK(found.segments.size() == 4);  // the last is prepared
    CHECK(found.segments[0].footer.has_value());
    CHECK(found.segments[0].file == nullptr);
    CHECK_FALSE(found.segments[3].footer.has_value());
    CHECK(found.segments[3].file != nullptr);
    CHECK(found.index_runs);
    CHECK(found.leftovers == std::vector<std::string>{file(7) + ".tmp"});
    CHECK(found.unknown == std::vector<std::string>{"stranger"});
  }

  TEST_CASE("inventory: of a merged segment and what it was made of one side counts") {
    const auto ids = [](std::uint64_t first, std::uint64_t last) {
      return format::SegmentIds(SegmentId(first), SegmentId(last));
    };
    using Ids = std::vector<format::SegmentIds>;
    const auto check = [&](Ids files, const Ids& counting, Ids superseded) {
      for (int order = 0; order < 2; ++order, std::ranges::reverse(files)) {
        SegmentFiles sorted = sort_segment_files(files);
        CHECK(sorted.counting == counting);
        std::ranges::sort(sorted.superseded, {}, &format::SegmentIds::first);
        CHECK(sorted.superseded == superseded);
      }
    };
    check({}, {}, {});
    check({ids(1, 1), ids(2, 2)}, {ids(1, 1), ids(2, 2)}, {});
    check({ids(1, 1), ids(2, 2), ids(1, 2), ids(3, 3)}, {ids(1, 1), ids(2, 2), ids(3, 3)},
          {ids(1, 2)});
    check({ids(2, 2), ids(1, 2), ids(3, 3)}, {ids(1, 2), ids(3, 3)}, {ids(2, 2)});
    check({ids(1, 2), ids(3, 4), ids(1, 4)}, {ids(1, 2), ids(3, 4)}, {ids(1, 4)});
    check({ids(1, 2), ids(4, 4), ids(1, 4)}, {ids(1, 4)}, {ids(1, 2), ids(4, 4)});
    check({ids(1, 3), ids(5, 5)}, {ids(1, 3), ids(5, 5)}, {});  // four is missing
    // A merge of less than an earlier one that came to nothing.
    check({ids(1, 3), ids(1, 2), ids(3, 3)}, {ids(1, 2), ids(3, 3)}, {ids(1, 3)});
  }

  TEST_CASE_FIXTURE(LogFixture, "inventory: a segment that is not what it says is named") {
    open();
    fill_segments(2);
    close();
    SUBCASE("shorter than its header says") { disk_.damage_size(file(2), 60'000); }
    SUBCASE("shorter than a header") { disk_.damage_size(file(2), 100); }
    SUBCASE("empty") { disk_.damage_size(file(2), 0); }
    SUBCASE("with a damaged header") { flip(file(2), 50); }
    SUBCASE("with the bytes of another") { disk_.damage(file(2), 0, disk_.bytes(file(1))); }
    const auto inventory = take_inventory(*directory_);
    REQUIRE_FALSE(inventory.has_value());
    CHECK(inventory.assume_error().code() == Errc::corrupt);
    CHECK(inventory.assume_error().message().find(file(2)) != std::string::npos);
  }
}

}  // namespace esker::log
