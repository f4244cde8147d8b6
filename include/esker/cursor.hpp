#pragma once

#include <memory>
#include <optional>

#include "esker/event.hpp"
#include "esker/explanation.hpp"
#include "esker/query.hpp"
#include "esker/result.hpp"

namespace esker {

namespace store {
class QueryWalk;
}

/// Walks the events that a query selects, straight from the mapped log.
///
/// Used by one thread at a time. Must not outlive its store.
class Cursor {
 public:
  explicit Cursor(std::unique_ptr<store::QueryWalk> walk);
  Cursor(Cursor&&) noexcept;
  Cursor& operator=(Cursor&&) noexcept;
  ~Cursor();

  /// The next event, or nothing when there are no more.
  ///
  /// The views stay valid until the next call, and no longer than the cursor. Nothing is copied; the record's checksum has been checked.
  /// Errors: `corrupt` (file and offset named), `io_error`, `closed`; the cursor stays where it is.
  /// Blocks only for pages that must be read from disk.
  Result<std::optional<EventView>> next();

  /// What the cursor has cost up to now; the time only when `Query::explain` asked for it.
  [[nodiscard]] Explanation explanation() const;

  /// The engine's own side of the cursor, for the server; nothing that an application can use.
  [[nodiscard]] store::QueryWalk& walk() { return *walk_; }

 private:
  std::unique_ptr<store::QueryWalk> walk_;
};

}  // namespace esker
