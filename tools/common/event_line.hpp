#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/json_text.hpp"
#include "esker/event.hpp"
#include "esker/result.hpp"

namespace esker::tools {

// An event as one line of JSON, in one form for all programs (format-spec.md, "NDJSON"). The keys, in this order:
//
//   position, version       numbers
//   stream, type            strings
//   id                      a UUID
//   time                    RFC 3339, UTC, with nanoseconds
//   tags                    an array of strings
//   data, metadata          the event's own JSON, byte by byte; or
//   data_base64, metadata_base64   its bytes in base64, when they are not JSON that can stand in a line as it is
//
// Data or metadata without a byte, and tags when there are none, have no key. So the line holds all of the event, and the same event
// always makes the same line.

/// Makes lines. Keeps buffers between them, so it belongs to one thread at a time.
class EventLineWriter {
 public:
  /// Appends the line of `event` to `out`, with its line feed.
  void append(std::string& out, const EventView& event);

 private:
  static void append_tags(std::string& out, TagsView tags);
  void append_bytes(std::string& out, std::string_view key, std::span<const std::byte> bytes);

  JsonChecker checker_;
};

/// An event to be appended, as a line tells it. `position`, `version` and `time` are given anew by the store that takes it.
struct EventLine {
  std::string stream;
  std::string type;
  std::optional<EventId> id;
  Tags tags;
  std::string data;
  std::string metadata;
};

/// Reads lines. Keeps buffers between them, so it belongs to one thread at a time.
class EventLineParser {
 public:
  EventLineParser();
  EventLineParser(EventLineParser&&) noexcept;
  EventLineParser& operator=(EventLineParser&&) noexcept;
  ~EventLineParser();

  /// `line`   without its line feed. `stream` and `type` must be there; `id` may be missing.
  /// Errors   `invalid_argument`: not such a line; the message says what is wrong with it. A key that is not in the list above is an
  ///          error, since what it says would be lost.
  Result<EventLine> parse(std::string_view line);

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace esker::tools
