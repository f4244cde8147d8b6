#pragma once

#include <span>

#include "esker/query.hpp"
#include "esker/result.hpp"
#include "format/record.hpp"

namespace esker::store {

/// Which events are wanted, in views of a `Query` or `Condition`, which outlives this.
struct FilterView {
  const Selector& selector;
  std::span<const QueryItem> items;
  bool first_of_stream = false;
  bool system = false;  ///< Of all events, also those of the store's own streams.
};

inline FilterView view_of(const Query& query) {
  return {query.selector, query.items, query.first_of_stream, query.system};
}
inline FilterView view_of(const Filter& filter) { return {filter.selector, filter.items}; }

/// Whether the filter selects the event: what the index has proposed is decided by the record.
bool selects(const FilterView& filter, const format::RecordView& record);

/// Errors: `invalid_argument`: a name, type or tag that is not allowed, a name where none belongs, an item that says nothing, or too
/// many.
Result<void> check_filter(const FilterView& filter);

}  // namespace esker::store
