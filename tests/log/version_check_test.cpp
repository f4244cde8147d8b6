#include "log/version_check.hpp"

#include <doctest/doctest.h>

namespace esker::log {

TEST_SUITE("log") {
  TEST_CASE("version check: the versions of each stream go 1, 2, 3") {
    VersionCheck check;
    CHECK_FALSE(check.take("a", Version(1)));
    CHECK_FALSE(check.take("b", Version(1)));
    CHECK_FALSE(check.take("a", Version(2)));
    CHECK(check.streams() == 2);
    CHECK(check.take("a", Version(4)) == Version(3));
    CHECK(check.take("a", Version(2)) == Version(5));
    CHECK(check.take("c", Version(2)) == Version(1));
  }

  TEST_CASE("version check: behind a gap a stream may go on later, once") {
    VersionCheck check;
    CHECK_FALSE(check.take("a", Version(1)));
    check.gap();
    CHECK_FALSE(check.take("a", Version(5)));
    CHECK(check.take("a", Version(7)) == Version(6));
    CHECK_FALSE(check.take("new", Version(3)));
    check.gap();
    CHECK(check.take("a", Version(2)) == Version(8));
  }
}

}  // namespace esker::log
