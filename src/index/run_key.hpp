#pragma once

#include <cstdint>
#include <span>

#include "esker/types.hpp"
#include "index/segment_key.hpp"

namespace esker::index {

/// What a run says it indexes: one or more consecutive segments. One that does not fit the log's segments is thrown away and
/// made again (R8). The digest stands for all their keys, so that a run is bound to each segment it covers.
struct RunKey {
  SegmentId first_segment;
  SegmentId last_segment;
  Position first;
  Position end;              ///< One behind the last segment's last record.
  std::uint64_t digest = 0;  ///< XXH3-64 of the segments' keys.

  [[nodiscard]] std::uint64_t segments() const {
    return last_segment.value() - first_segment.value() + 1;
  }

  friend bool operator==(const RunKey&, const RunKey&) = default;
};

/// The key of a run of these segments: at least one, their ids consecutive, their positions ascending.
RunKey run_key_of(std::span<const SegmentKey> segments);
inline RunKey run_key_of(const SegmentKey& segment) { return run_key_of({&segment, 1}); }

}  // namespace esker::index
