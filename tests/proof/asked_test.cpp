#include "proof/asked.hpp"

#include <doctest/doctest.h>

namespace esker::proof {

TEST_SUITE("proof") {
  TEST_CASE("asked: a root is one that is there, and by itself the newest") {
    CHECK(root_asked_for({}, Position(7)).assume_value() == Position(7));
    CHECK(root_asked_for(Position(), Position(7)).assume_value() == Position());
    CHECK(root_asked_for(Position(8), Position(7)).assume_error().code() == Errc::position_ahead);
  }

  TEST_CASE("asked: an event is one of the root's, and an older root is older") {
    CHECK(check_event_asked_for(Position(7), Position(7)));
    for (const std::uint64_t position : {0, 8}) {
      const auto wrong = check_event_asked_for(Position(position), Position(7));
      CHECK(wrong.assume_error().code() == Errc::invalid_argument);
    }
    CHECK(check_older_root(Position(7), Position(7)));
    CHECK(check_older_root(Position(8), Position(7)).assume_error().code() ==
          Errc::invalid_argument);
  }
}

}  // namespace esker::proof
