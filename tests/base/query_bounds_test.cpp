#include "base/query_bounds.hpp"

#include <doctest/doctest.h>

namespace esker::base {

TEST_SUITE("base") {
  TEST_CASE("query bounds: counts and lengths hold to the last one") {
    const auto allowed = [](const Query& query) { return check_bounds(query).has_value(); };
    const QueryItem item{.types = {"t"}};
    CHECK(allowed({}));
    CHECK(allowed({.items = std::vector(kQueryItemsMax, item)}));
    CHECK_FALSE(allowed({.items = std::vector(kQueryItemsMax + 1, item)}));
    CHECK(allowed({.items = {{.types = std::vector(kQueryTypesMax, std::string(512, 't'))}}}));
    CHECK_FALSE(allowed({.items = {{.types = std::vector(kQueryTypesMax + 1, std::string())}}}));
    CHECK_FALSE(allowed({.items = {{.types = {std::string(513, 't')}}}}));
    CHECK(allowed({.items = {{.tags = std::vector(kQueryTagsMax, std::string(256, 't'))}}}));
    CHECK_FALSE(allowed({.items = {{.tags = std::vector(kQueryTagsMax + 1, std::string())}}}));
    CHECK_FALSE(allowed({.items = {{.tags = {std::string(257, 't')}}}}));
    CHECK_FALSE(allowed({.selector = Selector::stream(std::string(513, 's'))}));
    CHECK_FALSE(allowed({.from_last = std::string(513, 't')}));
  }
}

}  // namespace esker::base
