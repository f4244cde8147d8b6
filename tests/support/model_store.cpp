#include "support/model_store.hpp"

#include <algorithm>
#include <span>

namespace esker::tests {

ModelEvent ModelEvent::of(const EventView& view) {
  return {view.position,
          view.version,
          std::string(view.stream),
          {view.id, std::string(view.type), std::string(as_text(view.data)),
           std::string(as_text(view.metadata)), Tags(view.tags)}};
}

namespace {

bool reaches(const Selector& selector, const ModelEvent& event) {
  switch (selector.kind) {
    case Selector::Kind::all:
      return true;
    case Selector::Kind::stream:
      return event.stream == selector.name;
    case Selector::Kind::category:
      return event.stream.substr(0, event.stream.find('-')) == selector.name;
    case Selector::Kind::prefix:
      return event.stream.substr(0, selector.name.size()) == selector.name;
    case Selector::Kind::id:
      return event.event.id.to_string() == selector.name;
  }
  return false;
}

bool matches(const QueryItem& item, const OwnedEvent& event) {
  const auto is_type = [&](const std::string& type) { return event.type == type; };
  const auto is_there = [&](const std::string& tag) { return event.tags.view().contains(tag); };
  return (item.types.empty() || std::any_of(item.types.begin(), item.types.end(), is_type)) &&
         std::all_of(item.tags.begin(), item.tags.end(), is_there);
}

const ModelEvent* last_of(std::span<const ModelEvent> events, const std::string& stream) {
  const auto last = std::find_if(events.rbegin(), events.rend(),
                                 [&](const ModelEvent& event) { return event.stream == stream; });
  return last == events.rend() ? nullptr : &*last;
}

}  // namespace

bool selects(const Filter& filter, const ModelEvent& event) {
  const auto fits = [&](const QueryItem& item) { return matches(item, event.event); };
  return reaches(filter.selector, event) &&
         (filter.items.empty() || std::any_of(filter.items.begin(), filter.items.end(), fits));
}

const ModelEvent* ModelStore::against(const Condition& condition) const {
  const auto found = std::find_if(events_.begin(), events_.end(), [&](const ModelEvent& event) {
    return event.position > condition.after && selects(condition.filter, event);
  });
  return found == events_.end() ? nullptr : &*found;
}

Version ModelStore::version_of(const std::string& stream) const {
  const ModelEvent* last = last_of(events_, stream);
  return last == nullptr ? Version() : last->version;
}

ModelStore::Found ModelStore::find_ids(const OwnedAppend& append) const {
  Found found;
  for (const OwnedEvent& event : append.events) {
    for (const ModelEvent& there : events_) {
      if (there.stream != append.stream || there.event.id != event.id) continue;
      if (found.there == 0) {
        found.at.first_version = there.version;
        found.at.first_position = there.position;
      } else if (there.version <= found.at.last_version) {
        found.in_order = false;
      }
      found.at.last_version = there.version;
      found.at.last_position = there.position;
      ++found.there;
    }
  }
  return found;
}

Result<AppendResult> ModelStore::append(const std::vector<OwnedAppend>& appends) {
  AppendResult result{AppendOutcome::already_there, {}};
  bool all = true;
  bool none = true;
  std::vector<Conflict> conflicts;
  for (const OwnedAppend& append : appends) {
    const Found found = find_ids(append);
    all = all && found.there == append.events.size() && found.in_order;
    none = none && found.there == 0;
    result.streams.push_back(found.at);
    const Version actual = version_of(append.stream);
    const Expected& expected = append.expected;
    const bool holds = expected.kind == Expected::Kind::any ||
                       (expected.kind == Expected::Kind::no_stream && actual == Version()) ||
                       (expected.kind == Expected::Kind::stream_exists && actual != Version()) ||
                       (expected.kind == Expected::Kind::version && actual == expected.version);
    if (holds) continue;
    const ModelEvent* last = last_of(events_, append.stream);
    conflicts.push_back({append.stream, actual, last ? last->position : Position(),
                         last ? last->event.type : std::string()});
  }
  if (all) return result;
  if (!none) return Error(Errc::partial_match, "some ids are there");
  if (!conflicts.empty()) return Error(Errc::wrong_version, "conflict", std::move(conflicts));
  if (appends.front().condition) {
    if (const ModelEvent* const event = against(*appends.front().condition)) {
      conflicts.push_back({event->stream, event->version, event->position, event->event.type});
      return Error(Errc::condition_failed, "conflict", std::move(conflicts));
    }
  }

  result = {AppendOutcome::written, {}};
  for (const OwnedAppend& append : appends) {
    const Version before = version_of(append.stream);
    AppendedStream at{before.next(), before, head().next(), head()};
    for (const OwnedEvent& event : append.events) {
      at.last_version = at.last_version.next();
      at.last_position = head().next();
      events_.push_back({at.last_position, at.last_version, append.stream, event});
    }
    result.streams.push_back(at);
  }
  commit_ends_.push_back(head());
  return result;
}

Result<std::vector<ModelEvent>> ModelStore::read(const Query& query) const {
  ESKER_TRY(const std::vector<const ModelEvent*> found, find(query));
  std::vector<ModelEvent> events;
  for (const ModelEvent* const event : found) events.push_back(*event);
  return events;
}

Result<std::vector<const ModelEvent*>> ModelStore::find(const Query& query) const {
  if (query.as_of > head()) return Error(Errc::position_ahead, "as of ahead");
  const Position head = query.as_of == Position() ? this->head() : query.as_of;
  const auto events = std::span(events_).first(head.value());
  const bool by_version = query.selector.kind == Selector::Kind::stream;
  const ModelEvent* const last = by_version ? last_of(events, query.selector.name) : nullptr;
  const std::uint64_t last_version = last == nullptr ? 0 : last->version.value();
  const std::uint64_t end = by_version ? last_version : head.value();
  const bool forwards = query.direction == Direction::forwards;
  if (forwards && query.from > end + 1) return Error(Errc::position_ahead, "ahead");
  const std::uint64_t low = forwards ? query.from : query.to.value_or(0);
  const std::uint64_t high = forwards ? query.to.value_or(Query::kEnd) : query.from;
  const Filter filter = filter_of(query);
  Position begin(1);
  std::vector<const ModelEvent*> selected;
  for (const ModelEvent& event : events) {
    const std::uint64_t number = by_version ? event.version.value() : event.position.value();
    if (number < low || number > high) continue;
    if (reaches(query.selector, event) && event.event.type == query.from_last) {
      begin = event.position;
    }
    if (query.first_of_stream && event.version != Version(1)) continue;
    if (selects(filter, event)) selected.push_back(&event);
  }
  std::erase_if(selected, [&](const ModelEvent* event) { return event->position < begin; });
  if (!forwards) std::reverse(selected.begin(), selected.end());
  if (selected.size() > query.limit) selected.resize(query.limit);
  return selected;
}

bool ModelStore::is_commit_end(Position position) const {
  return position == Position() ||
         std::binary_search(commit_ends_.begin(), commit_ends_.end(), position);
}

void ModelStore::cut(Position position) {
  events_.resize(position.value());
  while (!commit_ends_.empty() && commit_ends_.back() > position) commit_ends_.pop_back();
}

}  // namespace esker::tests
