#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "esker/append.hpp"
#include "esker/options.hpp"
#include "esker/query.hpp"
#include "esker/result.hpp"

namespace esker::store {

/// Checks the name of a stream, category or event type: 1..`bytes_max` bytes of valid UTF-8 without control characters (C0, DEL, C1).
/// `what` begins the message. Errors: `invalid_argument`; the name itself is not shown, since it may be anything.
Result<void> check_name(std::string_view name, std::size_t bytes_max, std::string_view what);

/// What a commit will take, known before it is decided.
struct CommitSize {
  std::uint64_t event_bytes =
      0;  ///< Names, data and metadata of all events, as the caller handed them in.
  std::uint64_t record_bytes = 0;  ///< As records in the log.
  std::uint32_t records = 0;
};

/// Checks all that can be checked of an append without looking at the store.
/// Errors: `invalid_argument` (no stream, no events, a bad name, a stream named twice, a nil id, an id twice), `too_large`.
Result<CommitSize> check_commit(const NewCommit& commit, const Limits& limits);

/// Errors: `invalid_argument`: as `check_filter`, and what does not go together.
Result<void> check_query(const Query& query);

/// Errors: `invalid_argument`: as `check_filter`, and a condition that says nothing.
Result<void> check_condition(const Condition& condition);

/// The options as the store will use them: sizes rounded, and the commit limit lowered to what fits into a segment.
/// Errors: `invalid_argument`, naming the option, its value and what is allowed.
Result<StoreOptions> check_options(const StoreOptions& options);

}  // namespace esker::store
