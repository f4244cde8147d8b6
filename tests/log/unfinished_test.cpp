#include "log/unfinished.hpp"

#include <algorithm>

#include "log/log_fixture.hpp"

namespace esker::log {
namespace {

constexpr io::Site kTest{"test.unfinished"};

class Fixture : protected LogFixture {
 protected:
  Result<void> check() {
    return check_finished(directory_->list(kTest).value(), directory_->path());
  }
  void make(const std::string& name) {
    REQUIRE(directory_->open(name, io::OpenMode::create_new, kTest));
  }
};

}  // namespace

TEST_SUITE("log") {
  TEST_CASE_FIXTURE(Fixture,
                    "unfinished: the mark is durable when it is made, and when it is gone") {
    CHECK(check());
    REQUIRE(begin_unfinished(*directory_, "a copy\n"));
    CHECK(check().error().code() == Errc::corrupt);
    const auto marked = disk_.clone();
    marked->crash_power(sim::CrashPolicy::none());
    CHECK(marked->names() == std::vector<std::string>{std::string(kUnfinishedName)});
    CHECK(marked->bytes(kUnfinishedName).size() == 7);
    make("other");
    REQUIRE(end_unfinished(*directory_));
    disk_.crash_power(sim::CrashPolicy::none());
    CHECK(disk_.names() == std::vector<std::string>{"other"});
  }

  TEST_CASE_FIXTURE(Fixture, "unfinished: what is cleared is a store's, and nothing else") {
    REQUIRE(begin_unfinished(*directory_, "a copy\n"));
    for (const std::string& name :
         {file(1), file(2) + ".tmp", std::string("0000000000000001-0000000000000004.run"),
          std::string("0000000000000000.tree"), std::string("watermark"), std::string("LOCK"),
          std::string("notes.txt"), std::string("0000000000000001")}) {
      make(name);
    }
    REQUIRE(clear_unfinished(*directory_));
    CHECK(disk_.names() == std::vector<std::string>{"0000000000000001", "LOCK",
                                                    std::string(kUnfinishedName), "notes.txt"});
  }
}

}  // namespace esker::log
