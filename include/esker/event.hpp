#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "esker/tags.hpp"
#include "esker/types.hpp"
#include "esker/uuid.hpp"

namespace esker {

/// An event's identity. Appends are idempotent by it.
using EventId = Uuid;

/// An event to append. The views are the caller's and must outlive the call (for the asynchronous form: the answer).
struct NewEvent {
  EventId id;                           ///< Not nil.
  std::string_view type;                ///< 1..512 bytes of UTF-8 without control characters.
  std::span<const std::byte> data;      ///< Any bytes; JSON by convention.
  std::span<const std::byte> metadata;  ///< Any bytes; JSON by convention.
  TagsView tags{};                      ///< At most 64, none twice; see `Tags`.
};

/// A recorded event, as views into the log. Valid as long as the cursor or buffer that handed it out says.
struct EventView {
  Position position;
  Version version;
  Timestamp time;
  EventId id;
  std::string_view stream;
  std::string_view type;
  std::span<const std::byte> data;
  std::span<const std::byte> metadata;
  TagsView tags{};
};

/// The part of a stream's name before the first `-`; the whole name when there is none.
std::string_view category_of(std::string_view stream);

/// The bytes of `text`.
inline std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

/// The text whose bytes these are; nothing is checked.
inline std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};  // bytes may alias anything
}

}  // namespace esker
