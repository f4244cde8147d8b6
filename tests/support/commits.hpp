#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "esker/append.hpp"

namespace esker::tests {

/// An event that owns its bytes.
struct OwnedEvent {
  EventId id;
  std::string type = "happened";
  std::string data = "{}";
  std::string metadata{};
  Tags tags{};

  [[nodiscard]] NewEvent view() const {
    return {id, type, as_bytes(data), as_bytes(metadata), tags};
  }
  friend bool operator==(const OwnedEvent&, const OwnedEvent&) = default;
};

struct OwnedAppend {
  std::string stream;
  Expected expected;
  std::vector<OwnedEvent> events;
  std::optional<Condition> condition{};  ///< Of the whole commit; only its first append has one.
};

/// An append that owns all it refers to; it must stay where it is while it is under way.
class OwnedCommit {
 public:
  explicit OwnedCommit(std::vector<OwnedAppend> appends);
  OwnedCommit(const OwnedCommit&) = delete;
  OwnedCommit& operator=(const OwnedCommit&) = delete;

  [[nodiscard]] NewCommit view() const {
    const bool has = !appends_.empty() && appends_.front().condition.has_value();
    return {views_, has ? &*appends_.front().condition : nullptr};
  }
  [[nodiscard]] const std::vector<OwnedAppend>& appends() const { return appends_; }

 private:
  std::vector<OwnedAppend> appends_;
  std::vector<std::vector<NewEvent>> events_;
  std::vector<StreamAppend> views_;
};

/// The id that a number stands for; never nil.
EventId id_of(std::uint64_t number);

/// `count` events with the ids of `first_id`, `first_id + 1` …
std::vector<OwnedEvent> events(std::size_t count, std::uint64_t first_id,
                               std::string_view type = "happened", std::size_t data_bytes = 2);

}  // namespace esker::tests
