#include "server/grpc/read_plan.hpp"

#include <doctest/doctest.h>

namespace esker::server::kurrent {
namespace {

ReadPlan plan_from(std::uint64_t number, ReadPlan::Of of = ReadPlan::Of::stream) {
  ReadPlan plan;
  plan.of = of;
  plan.stream = of == ReadPlan::Of::all ? "" : "$ce-a";
  plan.from = ReadPlan::From::number;
  plan.number = number;
  plan.count = 10;
  return plan;
}

TEST_SUITE("server") {
  TEST_CASE("read plan: a read begins at the number that is given, of all backwards before it") {
    CHECK(read_query(plan_from(0))->from == 1);
    CHECK(read_query(plan_from(7))->from == 8);
    CHECK(read_query(plan_from(7, ReadPlan::Of::all))->from == 7);
    CHECK(read_query(plan_from(7, ReadPlan::Of::projection))->from == 8);
    ReadPlan back = plan_from(7, ReadPlan::Of::all);
    back.direction = Direction::backwards;
    CHECK(read_query(back)->from == 6);
    back.number = 1;
    CHECK(!read_query(back));
  }

  TEST_CASE("read plan: a limit is the store's where nothing is left out behind it") {
    CHECK(read_query(plan_from(0))->limit == 10);
    CHECK(read_query(plan_from(0, ReadPlan::Of::projection))->limit == Query::kNoLimit);
    ReadPlan nothing = plan_from(0);
    nothing.count = 0;
    CHECK(!read_query(nothing));
  }

  TEST_CASE("read plan: a subscription begins behind its number, and no further than the end") {
    const auto begin = [](std::uint64_t number, ReadPlan::Of of, std::uint64_t last) {
      const SubscriptionBegin found = subscription_begin(plan_from(number, of), last);
      return std::pair(found.from, found.behind);
    };
    CHECK(begin(0, ReadPlan::Of::stream, 5) == std::pair<std::uint64_t, std::uint64_t>(2, 1));
    CHECK(begin(4, ReadPlan::Of::stream, 5) == std::pair<std::uint64_t, std::uint64_t>(6, 5));
    CHECK(begin(9, ReadPlan::Of::stream, 5) == std::pair<std::uint64_t, std::uint64_t>(6, 10));
    CHECK(begin(0, ReadPlan::Of::all, 5) == std::pair<std::uint64_t, std::uint64_t>(1, 0));
    CHECK(begin(9, ReadPlan::Of::all, 5) == std::pair<std::uint64_t, std::uint64_t>(6, 9));
  }
}

}  // namespace
}  // namespace esker::server::kurrent
