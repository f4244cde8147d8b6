#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "esker/types.hpp"

namespace esker::index {

/// One part of the index as the policy sees it.
struct MergeCandidate {
  SegmentId first_segment;
  SegmentId last_segment;
  Position first;
  Position end;
  std::uint64_t bytes = 0;
  bool available = false;  ///< A whole run that nobody else is merging.
};

/// Merge `fan_out` candidates from number `begin` on.
struct MergeChoice {
  std::size_t begin = 0;
  unsigned level = 0;  ///< Of the merged runs.
};

/// The level of a run that covers so many segments: the whole part of their logarithm to the base `fan_out`.
unsigned run_level(std::uint64_t segments, std::uint64_t fan_out);

/// Which runs should become one next; nothing when that is all right as it is. `candidates` is in the order of segments.
///
/// Tiered: whenever `fan_out` runs of one level stand next to each other they become one, which then is of the next level; of several
/// such places the one of the lowest level comes first, since that is what grows in number. So there are at most fan_out - 1 runs of
/// each level, in descending order of levels, and each posting is written once a level: both are the logarithm of the log.
/// What disturbs that order are runs that were made again one by one. Therefore a run counts as of the highest level among
/// it and all that come after it; the bound then always holds, wherever a small run got stuck between large ones.
///
/// Runs that together are larger than the format allows (`kRunPositionsMax`, `kRunBytesMax`) stay as they are.
std::optional<MergeChoice> choose_merge(std::span<const MergeCandidate> candidates,
                                        std::uint64_t fan_out);

}  // namespace esker::index
