#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "esker/types.hpp"

namespace esker {

/// What went wrong, by what the caller can do about it. The numbers are those of the native protocol (format-spec.md, "Error codes").
enum class Errc : std::uint16_t {
  // Fix the request. Nothing was written.
  invalid_argument = 1,  ///< A name, id, selector or number that is not allowed.
  wrong_version = 2,     ///< `expected` did not hold; `Error::conflicts()` says what is there.
  partial_match =
      3,  ///< Some of the event ids are in the stream already, but not all, or in another order.
  too_large = 4,       ///< An event, commit or frame beyond its limit.
  position_ahead = 5,  ///< A read or subscription from beyond the end of the log or stream.
  not_supported =
      6,          ///< A protocol version, request or file system that this build does not serve.
  not_found = 7,  ///< No such file, directory, store or subscription.
  condition_failed =
      8,           ///< An append's condition did not hold; `Error::conflicts()` names the event.
  tombstoned = 9,  ///< The stream has a tombstone: nothing can be appended to it any more.

  // Try again later. Nothing was written.
  no_space =
      32,     ///< The next segment could not be prepared: disk full, quota, or too many open files.
  busy = 33,  ///< A bound on waiting work was reached.
  locked = 34,  ///< Another process has the store's directory open.
  unavailable =
      35,  ///< The server cannot be reached, or the connection broke before an answer that changes nothing.
  closed = 36,  ///< The store, client or subscription has been closed by its owner.

  // Ask again with the same event ids: that answers what became of it.
  outcome_unknown = 64,  ///< The append may or may not have become durable.

  // Fetch a person.
  corrupt = 96,  ///< Durable bytes are not what was written; the message names file and offset.
  store_failed =
      97,  ///< A write or sync failed earlier; the store takes no appends until it is opened again.
  io_error = 98,  ///< The operating system refused a call; the message names it.
  protocol = 99,  ///< The peer broke the protocol.
};

/// The enumerator's name, such as "wrong_version"; stable, for logs, JSON and scripts. "unknown" for a number that is none.
std::string_view errc_name(Errc code);

/// An error tells of at most so many failed checks, those of the first streams: an append may have 100,000.
inline constexpr std::size_t kConflictsMax = 100;

/// One check of an append that failed, and the very event that made it fail: of an `Expected` the stream's last event, of a
/// `Condition` the first one behind its `after` that it selects.
struct Conflict {
  std::string stream;      ///< That was not as expected, or that has the event.
  Version actual;          ///< The event's version; 0: no such stream.
  Position position;       ///< The event's; 0 when there is none.
  std::string event_type;  ///< Empty when there is none.
};

/// An error as a value: a code to decide by and the details to show. Moves, never copies. When there is no memory for the details, the code
/// stays, and the message says so.
class [[nodiscard]] Error {
 public:
  /// `message` is one line without a full stop: what was wrong, where, and what to do.
  Error(Errc code, std::string message);

  /// A failed check of an append; `conflicts` has an entry for each of the first `kConflictsMax` checks that failed.
  Error(Errc code, std::string message, std::vector<Conflict> conflicts);

  [[nodiscard]] Errc code() const { return code_; }
  [[nodiscard]] const std::string& message() const;
  [[nodiscard]] const std::vector<Conflict>& conflicts() const;

  /// An equal error, for the case in which one cause must be told to many callers.
  [[nodiscard]] Error clone() const;

 private:
  struct Details {
    std::string message;
    std::vector<Conflict> conflicts;
  };

  Errc code_;
  std::unique_ptr<Details> details_;
};

}  // namespace esker
