#include "store/filter.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace esker::store {
namespace {

struct Sample {
  Tags tags{"course=c1", "student=s1"};
  format::RecordView record;
  Sample() {
    record.stream = "course-1";
    record.type = "Subscribed";
    record.version = Version(2);
    record.id = Uuid::from_name(Uuid(), "sample");
    record.tags = tags;
  }
};

bool selected(const Filter& filter) { return selects(view_of(filter), Sample().record); }

}  // namespace

TEST_SUITE("store") {
  TEST_CASE("filter: a selector reaches what it names") {
    CHECK(selected({}));
    CHECK(selected({Selector::stream("course-1")}));
    CHECK_FALSE(selected({Selector::stream("course-2")}));
    CHECK(selected({Selector::category("course")}));
    CHECK_FALSE(selected({Selector::category("cours")}));
    CHECK(selected({Selector::prefix("cours")}));
    CHECK_FALSE(selected({Selector::prefix("course-1x")}));
    CHECK(selected({Selector::id(Sample().record.id)}));
    CHECK_FALSE(selected({Selector::id(Uuid::from_name(Uuid(), "other"))}));
  }

  TEST_CASE("filter: the store's own streams are reached by who names them or asks for them") {
    Sample sample;
    sample.record.stream = "$snapshot-course-1";
    const auto reached = [&sample](const Query& query) {
      return selects(view_of(query), sample.record);
    };
    CHECK_FALSE(reached({}));
    CHECK(reached({.system = true}));
    CHECK_FALSE(reached({.items = {{{"Subscribed"}, {}}}}));
    CHECK(reached({.items = {{{"Subscribed"}, {}}}, .system = true}));
    CHECK(reached({.selector = Selector::stream("$snapshot-course-1")}));
    CHECK(reached({.selector = Selector::category("$snapshot")}));
    CHECK(reached({.selector = Selector::prefix("$")}));
    CHECK(reached({.selector = Selector::id(sample.record.id)}));
  }

  TEST_CASE("filter: an item wants any of its types and all of its tags") {
    CHECK(selected({{}, {{.types = {"Defined", "Subscribed"}}}}));
    CHECK_FALSE(selected({{}, {{.types = {"Defined"}}}}));
    CHECK(selected({{}, {{.tags = {"student=s1", "course=c1"}}}}));
    CHECK_FALSE(selected({{}, {{.tags = {"student=s1", "course=c2"}}}}));
    CHECK_FALSE(selected({{}, {{{"Defined"}, {"course=c1"}}}}));
    CHECK_FALSE(selected({Selector::category("other"), {{.tags = {"course=c1"}}}}));
  }

  TEST_CASE("filter: one item that matches is enough") {
    CHECK(selected({{}, {{.types = {"Defined"}}, {.tags = {"course=c1"}}}}));
    CHECK_FALSE(selected({{}, {{.types = {"Defined"}}, {.tags = {"course=c2"}}}}));
  }

  TEST_CASE("filter: the first events of streams are those of version 1") {
    const Query query{.first_of_stream = true};
    Sample sample;
    CHECK_FALSE(selects(view_of(query), sample.record));
    sample.record.version = Version(1);
    CHECK(selects(view_of(query), sample.record));
  }

  TEST_CASE("filter: what no event can have is refused") {
    const auto allowed = [](const Filter& filter) {
      return check_filter(view_of(filter)).has_value();
    };
    CHECK(allowed({}));
    CHECK(allowed({Selector::prefix("a"), {{{"t"}, {"g"}}}}));
    CHECK_FALSE(allowed({{}, {{}}}));
    CHECK_FALSE(allowed({{}, {{.types = {""}}}}));
    CHECK_FALSE(allowed({{}, {{.tags = {"\x01"}}}}));
    CHECK_FALSE(allowed({Selector::prefix("")}));
    CHECK_FALSE(allowed({{Selector::Kind::id, "no uuid"}}));
    CHECK_FALSE(allowed({{Selector::Kind::all, "name"}}));
    CHECK_FALSE(allowed({{static_cast<Selector::Kind>(9), "x"}}));
    CHECK_FALSE(allowed({{}, std::vector<QueryItem>(kQueryItemsMax + 1, {.types = {"t"}})}));
  }
}

}  // namespace esker::store
