#include "store/filter.hpp"

#include <algorithm>
#include <string>

#include "base/query_bounds.hpp"
#include "esker/system_streams.hpp"
#include "store/validate.hpp"

namespace esker::store {
namespace {

Error invalid(std::string message) { return {Errc::invalid_argument, std::move(message)}; }

bool reaches(const FilterView& filter, const format::RecordView& record) {
  const Selector& selector = filter.selector;
  switch (selector.kind) {
    case Selector::Kind::all:
      return filter.system || !is_system_stream(record.stream);
    case Selector::Kind::stream:
      return record.stream == selector.name;
    case Selector::Kind::category:
      return category_of(record.stream) == selector.name;
    case Selector::Kind::prefix:
      return record.stream.starts_with(selector.name);
    case Selector::Kind::id:
      return EventId::parse(selector.name) == record.id;
  }
  return false;
}

bool matches(const QueryItem& item, const format::RecordView& record) {
  const auto has = [&record](const std::string& tag) { return record.tags.contains(tag); };
  return (item.types.empty() || std::ranges::find(item.types, record.type) != item.types.end()) &&
         std::ranges::all_of(item.tags, has);
}

Result<void> check_selector(const Selector& selector) {
  switch (selector.kind) {
    case Selector::Kind::all:
      if (!selector.name.empty()) {
        return invalid("a query for all events has a name: leave it empty");
      }
      return ok();
    case Selector::Kind::stream:
      return check_name(selector.name, kStreamNameBytesMax, "stream name");
    case Selector::Kind::category:
      return check_name(selector.name, kStreamNameBytesMax, "category");
    case Selector::Kind::prefix:
      return check_name(selector.name, kStreamNameBytesMax, "prefix");
    case Selector::Kind::id:
      if (EventId::parse(selector.name)) return ok();
      return invalid("a query for an event by its id has a name that is not a UUID");
  }
  return invalid("unknown kind of selector");
}

}  // namespace

bool selects(const FilterView& filter, const format::RecordView& record) {
  if (record.released || !reaches(filter, record)) return false;
  if (filter.first_of_stream && record.version != Version(1)) return false;
  return filter.items.empty() || std::ranges::any_of(filter.items, [&](const QueryItem& item) {
           return matches(item, record);
         });
}

Result<void> check_filter(const FilterView& filter) {
  ESKER_TRY(check_selector(filter.selector));
  ESKER_TRY(base::check_bounds(filter.selector, filter.items));
  for (const QueryItem& item : filter.items) {
    if (item.types.empty() && item.tags.empty()) {
      return invalid(
          "an item of the query has neither types nor tags: leave the items empty to "
          "select all");
    }
    for (const std::string& type : item.types) {
      ESKER_TRY(check_name(type, kEventTypeBytesMax, "event type"));
    }
    for (const std::string& tag : item.tags) {
      ESKER_TRY(check_name(tag, kTagBytesMax, "tag"));
    }
  }
  return ok();
}

}  // namespace esker::store
