#include "log/unpublished_file.hpp"

#include <algorithm>
#include <cerrno>

#include "log/log_fixture.hpp"

namespace esker::log {
namespace {

constexpr io::Site kTest{"test.unpublished"};

}  // namespace

class UnpublishedFixture : protected LogFixture {
 protected:
  [[nodiscard]] bool there(const std::string& name) const {
    const std::vector<std::string> names = disk_.names();
    return std::ranges::find(names, name) != names.end();
  }

  void write(const UnpublishedFile& made, std::string_view text) {
    REQUIRE(made.file()->write_at(FileOffset(), as_bytes(text), kTest));
  }

  const std::string name_ = file(7);
};

TEST_SUITE("log") {
  TEST_CASE_FIXTURE(UnpublishedFixture, "unpublished file: has its name only when it is renamed") {
    UnpublishedFile made(*directory_, name_);
    CHECK(made.file() == nullptr);
    REQUIRE(made.create(kTest, kTest));
    write(made, "whole");
    CHECK(there(made.temporary_name()));
    CHECK_FALSE(there(name_));
    REQUIRE(made.rename(kTest));
    CHECK_FALSE(there(made.temporary_name()));
    CHECK(disk_.bytes(name_).size() == 5);
    made.abandon(kTest);  // too late
    CHECK(there(name_));
  }

  TEST_CASE_FIXTURE(UnpublishedFixture, "unpublished file: begins empty, and leaves nothing") {
    {
      UnpublishedFile made(*directory_, name_);
      REQUIRE(made.create(kTest, kTest));
      write(made, "left by a stop");
    }
    UnpublishedFile made(*directory_, name_);
    REQUIRE(made.create(kTest, kTest));
    CHECK(disk_.bytes(made.temporary_name()).empty());
    disk_.add_fault({.call = sim::Call::renameat, .site = kTest.name, .nth = 1, .error = EIO});
    CHECK_FALSE(made.rename(kTest));
    made.abandon(kTest);
    CHECK_FALSE(there(made.temporary_name()));
    CHECK_FALSE(there(name_));
    UnpublishedFile never(*directory_, name_);
    never.abandon(kTest);
  }
}

}  // namespace esker::log
