#pragma once

#include <span>

#include "esker/types.hpp"
#include "format/segment.hpp"
#include "index/term.hpp"

namespace esker::index {

/// What a run says it indexes; one that does not fit the log's segment is thrown away and made again (R8).
using format::SegmentKey;

/// How much of an event the log still has.
enum class Left : std::uint8_t {
  all,
  some,     ///< Compaction has taken its tags: a run from before may have it by more terms.
  nothing,  ///< Only its position is left. It has no terms.
};

/// The terms of one event.
struct EventTerms {
  Term stream;
  Term category;
  Term type;
  Term id;
  /// Its tags, and whatever else it is found by. Somebody else's memory, valid as long as they say.
  std::span<const Term> others{};
  Left left = Left::all;
};

}  // namespace esker::index
