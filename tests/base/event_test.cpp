#include "esker/event.hpp"

#include <doctest/doctest.h>

#include <string_view>

namespace esker {

TEST_SUITE("base") {
  TEST_CASE("event: the category is what stands before the first dash") {
    CHECK(category_of("order-1") == "order");
    CHECK(category_of("order-1-2") == "order");
    CHECK(category_of("order") == "order");
    CHECK(category_of("-1") == "");
    CHECK(category_of("") == "");
  }

  TEST_CASE("event: text and bytes are each other's") {
    CHECK(as_text(as_bytes("abc")) == "abc");
    CHECK(as_bytes("").empty());
  }
}

}  // namespace esker
