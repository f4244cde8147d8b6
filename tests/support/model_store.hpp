#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "esker/append.hpp"
#include "esker/query.hpp"
#include "support/commits.hpp"

namespace esker::tests {

/// An event as the model keeps it and as a reader saw it.
struct ModelEvent {
  Position position;
  Version version;
  std::string stream;
  OwnedEvent event;

  static ModelEvent of(const EventView& view);
  friend bool operator==(const ModelEvent&, const ModelEvent&) = default;
};

/// What a store should do, without files, threads or cleverness: a vector of commits that every question scans.
class ModelStore {
 public:
  Result<AppendResult> append(const std::vector<OwnedAppend>& appends);
  [[nodiscard]] Result<std::vector<ModelEvent>> read(const Query& query) const;
  /// The same, without copies: valid until the model changes.
  [[nodiscard]] Result<std::vector<const ModelEvent*>> find(const Query& query) const;
  [[nodiscard]] Version version_of(const std::string& stream) const;

  [[nodiscard]] const std::vector<ModelEvent>& events() const { return events_; }
  [[nodiscard]] Position head() const { return Position(events_.size()); }
  /// True when a commit ends at `position`, or it is 0.
  [[nodiscard]] bool is_commit_end(Position position) const;
  /// Forgets what comes after `position`, the end of a commit.
  void cut(Position position);

 private:
  struct Found {
    std::size_t there = 0;
    bool in_order = true;
    AppendedStream at;
  };
  [[nodiscard]] Found find_ids(const OwnedAppend& append) const;
  /// The first event that makes the condition fail.
  [[nodiscard]] const ModelEvent* against(const Condition& condition) const;

  std::vector<ModelEvent> events_;
  std::vector<Position> commit_ends_;
};

/// True when `filter` selects `event`.
bool selects(const Filter& filter, const ModelEvent& event);

/// The query's part that says which events, bounds aside.
inline Filter filter_of(const Query& query) { return {query.selector, query.items}; }

}  // namespace esker::tests
