#include "server/grpc/read_plan.hpp"

#include <algorithm>

#include "server/grpc/expectation.hpp"
#include "server/grpc/links.hpp"
#include "server/grpc/numbers.hpp"
#include "streams.pb.h"

namespace esker::server::kurrent {
namespace {

using Options = streams::ReadReq_Options;

/// When the client leaves it to the server.
constexpr std::uint64_t kWindowByDefault = 32;

Reply<void> plan_stream(const streams::ReadReq_StreamOptions& said, ReadPlan& plan) {
  ESKER_TRY(ExpectedStream named,
            expected_stream(said.stream_identifier().stream_name(), Expected::any()));
  plan.stream = std::move(named.stream);
  plan.of = is_projection(plan.stream) ? ReadPlan::Of::projection : ReadPlan::Of::stream;
  if (said.has_revision()) {
    plan.number = said.revision();
    plan.from = plan.number == kEndNumber ? ReadPlan::From::end : ReadPlan::From::number;
  } else {
    plan.from = said.has_end() ? ReadPlan::From::end : ReadPlan::From::start;
  }
  return ok();
}

void plan_all(const streams::ReadReq_AllOptions& said, ReadPlan& plan) {
  plan.of = ReadPlan::Of::all;
  if (said.has_position()) {
    plan.number = said.position().commit_position();
    plan.from = plan.number == kEndNumber ? ReadPlan::From::end : ReadPlan::From::number;
  } else {
    plan.from = said.has_end() ? ReadPlan::From::end : ReadPlan::From::start;
  }
}

Result<NameFilter> filter_in(const streams::ReadReq_FilterOptions& said) {
  const bool by_type = said.has_event_type();
  const auto& expression = by_type ? said.event_type() : said.stream_identifier();
  const NameFilter::Of of = by_type ? NameFilter::Of::type : NameFilter::Of::stream;
  if (!expression.regex().empty()) return NameFilter::matching(of, expression.regex());
  return NameFilter::beginning(of, {expression.prefix().begin(), expression.prefix().end()});
}

Reply<void> plan_filter(const Options& said, ReadPlan& plan) {
  if (!said.has_filter()) return ok();
  if (plan.of != ReadPlan::Of::all) return invalid_argument("only $all can be read with a filter");
  const auto& filter = said.filter();
  if (!filter.has_event_type() && !filter.has_stream_identifier()) {
    return invalid_argument("the filter says neither stream names nor event types");
  }
  ESKER_TRY(plan.filter, filter_in(filter));
  if (!plan.subscribe) return ok();
  if (filter.checkpointintervalmultiplier() == 0) {
    return invalid_argument(
        "the filter's checkpoint interval multiplier is 0, at least 1 is needed");
  }
  const std::uint64_t window = filter.has_max() ? std::max(1U, filter.max()) : kWindowByDefault;
  plan.checkpoint_events = window * filter.checkpointintervalmultiplier();
  return ok();
}

}  // namespace

Reply<ReadPlan> read_plan(const streams::ReadReq& request) {
  const Options& said = request.options();
  ReadPlan plan;
  if (said.has_stream()) {
    ESKER_TRY(plan_stream(said.stream(), plan));
  } else if (said.has_all()) {
    plan_all(said.all(), plan);
  } else {
    return invalid_argument("the read says neither which stream nor $all");
  }
  plan.direction = said.read_direction() == streams::ReadReq_ReadDirection_Backwards
                       ? Direction::backwards
                       : Direction::forwards;
  plan.subscribe = said.has_subscription();
  if (!plan.subscribe && said.count_option_case() != Options::kCount) {
    return invalid_argument("the read says neither how many events nor that it is a subscription");
  }
  if (plan.subscribe && plan.direction == Direction::backwards) {
    return invalid_argument("a subscription goes forwards only");
  }
  plan.count = said.count();
  ESKER_TRY(plan_filter(said, plan));
  plan.resolve_links = said.resolve_links();
  plan.wants_ends = said.control_option().compatibility() >= 1;
  plan.ids = said.uuid_option().has_string() ? IdForm::text : IdForm::numbers;
  return plan;
}

namespace {

/// The number that a query begins at, for an event whose number is `plan.number`.
std::uint64_t query_number(const ReadPlan& plan) {
  switch (plan.of) {
    case ReadPlan::Of::all:
      return position_of(plan.number).value();
    case ReadPlan::Of::stream:
      return version_of(plan.number).value();
    case ReadPlan::Of::projection:
      return target_of(plan.number).value();
  }
  return plan.number;
}

}  // namespace

std::optional<Query> read_query(const ReadPlan& plan) {
  if (plan.count == 0) return std::nullopt;
  Query query;
  if (plan.of == ReadPlan::Of::projection) {
    query = projection_query(plan.stream);
  } else if (plan.of == ReadPlan::Of::stream) {
    query.selector = Selector::stream(plan.stream);
  } else {
    query.system = true;
  }
  query.direction = plan.direction;
  const bool backwards = plan.direction == Direction::backwards;
  switch (plan.from) {
    case ReadPlan::From::start:
      // Backwards from the start there is the first event of a stream, and nothing of all.
      if (backwards && plan.of == ReadPlan::Of::all) return std::nullopt;
      query.from = backwards ? 1 : 0;
      break;
    case ReadPlan::From::end:
      if (!backwards) return std::nullopt;
      query.from = Query::kEnd;
      break;
    case ReadPlan::From::number:
      query.from = query_number(plan);
      // Of all events, a read backwards begins before the position.
      if (backwards && plan.of == ReadPlan::Of::all) {
        if (query.from <= 1) return std::nullopt;
        --query.from;
      }
      break;
  }
  if (plan.of == ReadPlan::Of::stream) query.limit = plan.count;
  return query;
}

SubscriptionBegin subscription_begin(const ReadPlan& plan, std::uint64_t last) {
  switch (plan.from) {
    case ReadPlan::From::start:
      return {0, 0};
    case ReadPlan::From::end:
      return {last + 1, last};
    case ReadPlan::From::number:
      break;
  }
  const std::uint64_t behind = query_number(plan);
  return {std::min(behind, last) + 1, behind};
}

}  // namespace esker::server::kurrent
