#pragma once

#include <optional>

#include "esker/result.hpp"
#include "esker/types.hpp"

namespace esker::proof {

// What can be asked for, said in one place for a store that is open and one that is not.

/// The position of the root that is asked for; without one, the newest, at `last`. Errors: `position_ahead`.
Result<Position> root_asked_for(std::optional<Position> root, Position last);

/// Whether the event at `position` can be in the log of that root. Errors: `invalid_argument`.
Result<void> check_event_asked_for(Position position, Position root);

/// Whether the log of the root at `to` can begin with that of the one at `from`. Errors: `invalid_argument`.
Result<void> check_older_root(Position from, Position to);

}  // namespace esker::proof
