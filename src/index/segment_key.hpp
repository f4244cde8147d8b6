#pragma once

#include <span>

#include "esker/types.hpp"
#include "format/checksum.hpp"
#include "index/term.hpp"

namespace esker::index {

/// What a run says it indexes; one that does not fit the log's segment is thrown away and made again (R8).
struct SegmentKey {
  SegmentId id;
  format::Salt salt;
  Position first;
  Position end;  ///< One behind the last record's.

  friend bool operator==(const SegmentKey&, const SegmentKey&) = default;
};

/// The terms of one event.
struct EventTerms {
  Term stream;
  Term category;
  Term type;
  Term id;
  /// Its tags, and whatever else it is found by. Somebody else's memory, valid as long as they say.
  std::span<const Term> others{};
};

}  // namespace esker::index
