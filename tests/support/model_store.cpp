#include "support/model_store.hpp"

#include <algorithm>

namespace esker::tests {

ModelEvent ModelEvent::of(const EventView& view) {
  return {view.position,
          view.version,
          std::string(view.stream),
          {view.id, std::string(view.type), std::string(as_text(view.data)),
           std::string(as_text(view.metadata))}};
}

bool selects(const Selector& selector, const ModelEvent& event) {
  switch (selector.kind) {
    case Selector::Kind::all:
      return true;
    case Selector::Kind::stream:
      return event.stream == selector.name;
    case Selector::Kind::category:
      return event.stream.substr(0, event.stream.find('-')) == selector.name;
    case Selector::Kind::type:
      return event.event.type == selector.name;
  }
  return false;
}

const ModelEvent* ModelStore::last_of(const std::string& stream) const {
  const auto last = std::find_if(events_.rbegin(), events_.rend(),
                                 [&](const ModelEvent& event) { return event.stream == stream; });
  return last == events_.rend() ? nullptr : &*last;
}

Version ModelStore::version_of(const std::string& stream) const {
  const ModelEvent* last = last_of(stream);
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
    const ModelEvent* last = last_of(append.stream);
    conflicts.push_back({append.stream, actual, last ? last->position : Position(),
                         last ? last->event.type : std::string()});
  }
  if (all) return result;
  if (!none) return Error(Errc::partial_match, "some ids are there");
  if (!conflicts.empty()) return Error(Errc::wrong_version, "conflict", std::move(conflicts));

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
  const bool by_version = query.selector.kind == Selector::Kind::stream;
  const std::uint64_t end = by_version ? version_of(query.selector.name).value() : head().value();
  const bool forwards = query.direction == Direction::forwards;
  if (forwards && query.from > end + 1) return Error(Errc::position_ahead, "ahead");
  std::vector<ModelEvent> selected;
  const auto look = [&](const ModelEvent& event) {
    const std::uint64_t number = by_version ? event.version.value() : event.position.value();
    const bool in_range = forwards ? number >= query.from : number <= query.from;
    if (in_range && selects(query.selector, event) && selected.size() < query.limit) {
      selected.push_back(event);
    }
  };
  if (forwards) {
    std::for_each(events_.begin(), events_.end(), look);
  } else {
    std::for_each(events_.rbegin(), events_.rend(), look);
  }
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
