#pragma once

#include "esker/query.hpp"
#include "store/position_range.hpp"
#include "store/read_context.hpp"

namespace esker::store {

/// The positions that a query's bounds (from, to, since, until, as_of, from_last) leave of what is visible now. Forwards its end is what
/// may be extended when more becomes visible, unless the query has an upper bound.
/// Errors: `position_ahead` when the query begins beyond the end, and those of reading.
Result<PositionRange> range_of(const ReadContext& context, const Query& query);

}  // namespace esker::store
