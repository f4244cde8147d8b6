#include "server/grpc/name_filter.hpp"

#include <doctest/doctest.h>

namespace esker::server::kurrent {
namespace {

constexpr auto kStream = NameFilter::Of::stream;
constexpr auto kType = NameFilter::Of::type;

bool matches(std::string_view expression, std::string_view name) {
  return NameFilter::matching(kType, expression).value().selects("stream", name).value();
}

TEST_SUITE("server") {
  TEST_CASE("name filter: prefixes of streams or of types") {
    const NameFilter streams = NameFilter::beginning(kStream, {"a-", "b-"}).value();
    CHECK(streams.selects("b-1", "type").value());
    CHECK(!streams.selects("c-1", "a-type").value());
    const NameFilter types = NameFilter::beginning(kType, {"Order"}).value();
    CHECK(types.selects("b-1", "OrderPaid").value());
    CHECK(!types.selects("Order-1", "Paid").value());
  }

  TEST_CASE("name filter: expressions match anywhere, and look ahead") {
    CHECK(matches("Paid", "OrderPaid"));
    CHECK(!matches("paid", "OrderPaid"));
    CHECK(matches("^[^$].*", "Order"));
    CHECK(!matches("^[^$].*", "$metadata"));
    // What the Python clients send for "no system events".
    constexpr std::string_view kExclude = R"(^(?!(\$.+$|PersistentConfig\d+$|Result$)))";
    CHECK(matches(kExclude, "Order"));
    CHECK(!matches(kExclude, "$metadata"));
    CHECK(!matches(kExclude, "PersistentConfig1"));
    CHECK(matches(kExclude, "ResultOfIt"));
    CHECK(matches("^größe\\w$", "größeß"));
  }

  TEST_CASE("name filter: what is no expression, or too large, is refused") {
    for (const std::string& expression :
         {std::string("("), std::string("[a"), std::string("a{2,1}"), std::string("\\C"),
          std::string("\xff"), std::string(5000, 'a'),
          std::string("(((a{1,999}){1,999}){1,999})")}) {
      CAPTURE(expression);
      CHECK(NameFilter::matching(kType, expression).assume_error().code() ==
            Errc::invalid_argument);
    }
    CHECK(!NameFilter::beginning(kType, {}));
    CHECK(!NameFilter::beginning(kType, std::vector<std::string>(2000, "a")));
  }

  TEST_CASE("name filter: a match that takes too long is an error, not a hang") {
    const std::string name(500, 'x');
    for (const std::string_view expression : {"^((x|x|xx)+)+$(?<!x)", "^(x+)*y\\1$|^((x+)+)+z"}) {
      CAPTURE(expression);
      Result<NameFilter> filter = NameFilter::matching(kType, expression);
      if (!filter) continue;  // refused at once is as good
      const Result<bool> selected = filter.assume_value().selects("stream", name);
      CHECK((!selected || !selected.assume_value()));
    }
    const NameFilter filter = NameFilter::matching(kType, "^((x|x|xx)+)+$(?<!x)").value();
    CHECK(filter.selects("stream", name).assume_error().code() == Errc::invalid_argument);
  }
}

}  // namespace
}  // namespace esker::server::kurrent
