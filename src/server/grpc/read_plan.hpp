#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "esker/query.hpp"
#include "server/grpc/failure.hpp"
#include "server/grpc/name_filter.hpp"
#include "server/grpc/uuid_message.hpp"
#include "server/grpc/wire.hpp"

namespace esker::server::kurrent {

/// What a client wants to read or subscribe to, understood and checked.
struct ReadPlan {
  enum class Of : std::uint8_t { all, stream, projection };
  enum class From : std::uint8_t { start, end, number };

  Of of = Of::all;
  std::string stream{};  ///< Empty: all events.
  Direction direction = Direction::forwards;
  From from = From::start;
  std::uint64_t number = 0;  ///< A revision, or of all events a position; for `From::number`.
  bool subscribe = false;
  std::uint64_t count = 0;  ///< Of a read: how many events at most.
  std::optional<NameFilter> filter{};
  /// Of a subscription with a filter: after how many events that were looked at a checkpoint comes.
  std::uint64_t checkpoint_events = 0;
  bool resolve_links = false;
  bool wants_ends =
      false;  ///< The client understands first_stream_position and last_stream_position.
  IdForm ids = IdForm::numbers;
};

/// Failures: `invalid_argument`: what is missing, not allowed together, or no regular expression.
Reply<ReadPlan> read_plan(const streams::ReadReq& request);

/// The store's query of a read; nothing when no event can be a part of it.
[[nodiscard]] std::optional<Query> read_query(const ReadPlan& plan);

/// Where a subscription begins: a number as queries count, and that up to which it passes over what it finds. `last` is the end, counted in
/// the same way: the stream's version, or the log's position.
struct SubscriptionBegin {
  std::uint64_t from;
  std::uint64_t behind;
};
[[nodiscard]] SubscriptionBegin subscription_begin(const ReadPlan& plan, std::uint64_t last);

}  // namespace esker::server::kurrent
