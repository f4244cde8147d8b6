#pragma once

#include <optional>

#include "esker/query.hpp"
#include "store/position_range.hpp"
#include "store/read_context.hpp"

namespace esker::store {

/// Where a query's events are.
struct QueryPlace {
  PositionRange range;             ///< Where it has to be looked.
  std::optional<Position> lead{};  ///< The snapshot that comes before it.
};

/// The positions that a query's bounds (from, to, since, until, as_of, from_last, from_snapshot, from_checkpoint) and, of one stream, what
/// has been released of it leave of what is visible now. Forwards the range's end is what may be extended when more becomes visible, unless
/// the query has an upper bound.
/// Errors: `position_ahead` when the query begins beyond the end, and those of reading.
Result<QueryPlace> place_of(const ReadContext& context, const Query& query);

/// Where a forward query's upper bounds (to, until, as_of) end, for who goes on with what becomes visible: behind the last event that they
/// allow. Nothing as long as there is no such place: there are no bounds, or events to come may lie within them. `end` is one behind what
/// is visible. Errors: those of reading.
Result<std::optional<Position>> end_of(const ReadContext& context, const Query& query,
                                       Position end);

}  // namespace esker::store
