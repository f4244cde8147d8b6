#include "esker/function.hpp"

#include <doctest/doctest.h>

#include <array>
#include <memory>

namespace esker {

TEST_SUITE("base") {
  TEST_CASE("function: owns what it was made of, small or large, and lets go of it once") {
    const auto counted = std::make_shared<int>(0);
    UniqueFunction<int(int)> small = [counted](int by) { return *counted += by; };
    UniqueFunction<int(int)> large = [counted, filler = std::array<char, 200>{}](int by) {
      return *counted += by + filler[0];
    };
    CHECK(counted.use_count() == 3);
    CHECK(small(2) == 2);
    CHECK(large(3) == 5);
    UniqueFunction<int(int)> moved = std::move(large);
    CHECK(moved(1) == 6);
    CHECK_FALSE(static_cast<bool>(large));
    moved = std::move(small);
    CHECK(counted.use_count() == 2);
    CHECK(moved(1) == 7);
    moved = UniqueFunction<int(int)>();
    CHECK(counted.use_count() == 1);
  }

  TEST_CASE("function: takes arguments that can only be moved") {
    UniqueFunction<int(std::unique_ptr<int>)> take = [](std::unique_ptr<int> owned) {
      return *owned;
    };
    CHECK(take(std::make_unique<int>(7)) == 7);
  }
}

}  // namespace esker
