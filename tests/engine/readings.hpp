#pragma once

#include <vector>

#include "support/sim_store.hpp"

namespace esker::tests {

/// What several queries find, one after the other.
using Readings = std::vector<std::vector<ModelEvent>>;

/// Asks each of them, which must go well.
Readings read_each(SimStore& store, const std::vector<Query>& queries);

/// Expects that verification finds no fault in the store's log.
void check_verified(SimStore& store);

}  // namespace esker::tests
