#include "esker/error.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

#include "esker/result.hpp"

namespace esker {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return Error(Errc::invalid_argument, "odd");
  return number / 2;
}

Result<int> quarter(int number) {
  ESKER_TRY(const int once, half(number));
  return half(once);
}

}  // namespace

TEST_SUITE("base") {
  TEST_CASE("error: keeps code, message and conflicts, and a clone is equal") {
    const Error error(Errc::wrong_version, "no",
                      {{"order-1", Version(2), Position(7), "OrderPaid"}});
    for (const Error& each : {error.clone(), error.clone().clone()}) {
      CHECK(each.code() == Errc::wrong_version);
      CHECK(each.message() == "no");
      REQUIRE(each.conflicts().size() == 1);
      CHECK(each.conflicts()[0].stream == "order-1");
      CHECK(each.conflicts()[0].actual == Version(2));
    }
  }

  TEST_CASE("error: every code has a name of its own") {
    std::set<std::string_view> names;
    std::size_t known = 0;
    for (std::uint16_t code = 0; code < 200; ++code) {
      const std::string_view name = errc_name(static_cast<Errc>(code));
      if (name == "unknown") continue;
      ++known;
      names.insert(name);
    }
    CHECK(known == 19);
    CHECK(names.size() == known);
    CHECK(errc_name(Errc::partial_match) == "partial_match");
  }

  TEST_CASE("result: an error goes up, a value goes on") {
    CHECK(quarter(8).value() == 2);
    CHECK(quarter(6).error().message() == "odd");
    CHECK(quarter(5).error().code() == Errc::invalid_argument);
  }
}

}  // namespace esker
