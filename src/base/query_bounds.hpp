#pragma once

#include <span>

#include "esker/query.hpp"
#include "esker/result.hpp"
#include "esker/tags.hpp"

namespace esker::base {

/// Whether a query has no more items, types and tags than it may have, and none is longer than any name or tag: what bounds the message
/// that holds it. What is in the names is not looked at. Errors: `invalid_argument`.
Result<void> check_bounds(const Selector& selector, std::span<const QueryItem> items);
Result<void> check_bounds(const Query& query);

}  // namespace esker::base
