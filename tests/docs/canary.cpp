#include <doctest/doctest.h>

// These must fail. ctest expects them to; if one passes, the harness no longer sees failures, and every green result is worth
// nothing. The names hold what test discovery might stumble over.

TEST_SUITE("docs") {
  TEST_CASE("canary: a failing check is seen") { CHECK(1 == 2); }

  TEST_CASE("canary: a comma, a 'quote' and a dash - in the name, hide nothing") { CHECK(1 == 2); }

  TEST_CASE("canary: an exception that gets out is seen") { throw 1; }
}
