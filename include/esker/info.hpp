#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "esker/options.hpp"
#include "esker/types.hpp"
#include "esker/uuid.hpp"

namespace esker {

/// The store in numbers, at one instant.
struct StoreInfo {
  Uuid store_id;
  Incarnation incarnation;
  Position head;  ///< The last visible event's position.
  Timestamp head_time;
  std::uint64_t segments = 0;
  std::uint64_t sealed_segments = 0;
  std::uint64_t log_bytes = 0;  ///< Of records, without what is prepared ahead.
  std::uint64_t runs = 0;
  std::uint64_t index_bytes = 0;  ///< Of runs on disk.
  std::uint64_t memtable_bytes = 0;
  std::uint64_t commits = 0;  ///< Since this open, like the rest below.
  std::uint64_t groups = 0;   ///< Syncs that made them durable.
  std::uint64_t appended_events = 0;
  Durability durability;
  Limits limits;
  std::optional<std::string> failed;  ///< Why the store takes no appends, when it does not.
};

}  // namespace esker
