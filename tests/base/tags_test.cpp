#include "esker/tags.hpp"

#include <doctest/doctest.h>

#include <string>

namespace esker {

TEST_SUITE("base") {
  TEST_CASE("tags: come out in the order in which they went in") {
    const Tags tags{"course=c1", "x", "student=s1"};
    const TagsView view = tags;
    CHECK(view.size() == 3);
    CHECK(std::vector<std::string_view>(view.begin(), view.end()) ==
          std::vector<std::string_view>{"course=c1", "x", "student=s1"});
    CHECK(view.contains("x"));
    CHECK_FALSE(view.contains("course"));
    CHECK(Tags(view) == tags);
    CHECK(TagsView().empty());
    CHECK(TagsView().begin() == TagsView().end());
  }

  TEST_CASE("tags: only whole ones are taken from bytes") {
    const Tags tags{"ab", "c"};
    const auto encoded = tags.view().encoded();
    CHECK(encoded.size() == 7);
    for (std::size_t size = 0; size <= encoded.size(); ++size) {
      CAPTURE(size);
      CHECK(TagsView::parse(encoded.first(size)).has_value() ==
            (size == 0 || size == 4 || size == 7));
    }
    const Tags with_empty{"a", "", "b"};
    CHECK(TagsView::parse(with_empty.view().encoded()).value().size() == 3);
  }

  TEST_CASE("tags: one that is far too long stays too long") {
    const Tags tags{std::string(70'000, 'x'), "y"};
    CHECK((*tags.view().begin()).size() > kTagBytesMax);
    CHECK(tags.view().contains("y"));
  }
}

}  // namespace esker
