#include "base/assert.hpp"

#include <doctest/doctest.h>

namespace esker::base {

TEST_SUITE("base") {
  TEST_CASE("assert: what holds costs nothing and says nothing") {
    int evaluated = 0;
    ESKER_ASSERT(++evaluated == 1);
    ESKER_ASSERT_VALUES(evaluated < 2, evaluated);
    CHECK(evaluated == 1);
  }

  TEST_CASE("assert: the values are shown in a row") {
    CHECK(describe(1, "two", 3.5) == "1, two, 3.5");
  }
}

}  // namespace esker::base
