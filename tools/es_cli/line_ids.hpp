#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>

#include "esker/event.hpp"

namespace esker::tools {

/// Ids for lines that have none: made of the line's text and how often it came before, so that the same file makes the same ids again and
/// equal lines make different ones. Remembers every line by some 40 bytes. Belongs to one thread.
class LineIds {
 public:
  /// The id of the next line. `line` has no line feed.
  EventId next(std::string_view line);

 private:
  struct Hash {
    std::size_t operator()(const EventId& id) const;
  };

  std::unordered_map<EventId, std::uint64_t, Hash> seen_;
};

}  // namespace esker::tools
