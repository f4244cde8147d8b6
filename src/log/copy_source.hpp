#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "esker/result.hpp"
#include "esker/uuid.hpp"
#include "io/directory.hpp"
#include "log/inventory.hpp"
#include "log/scan.hpp"

namespace esker::log {

/// A store's log as it is at a moment, for who copies it.
struct CopySource {
  Uuid store;
  Incarnation incarnation;            ///< The highest that is told of.
  std::vector<SegmentFile> segments;  ///< Those with records, in order.
  std::vector<SegmentScan> scans;  ///< One for each segment; empty ones for those that are sealed.
  Position last;                   ///< The last whole commit's end; 0: there is none.
  Position proven;                 ///< Records up to here are known to have been durable.
};

/// Reads the log of a store that nobody has open: what opening it would find. Changes nothing.
/// `directory`  locked by the caller.
/// Errors       `not_found` (no store), and those of `take_inventory` and `plan_recovery`.
Result<CopySource> read_closed_source(io::Directory& directory);

/// Reads the log of a store that another process is writing: everything is in it that had been acknowledged before the call. What is
/// written meanwhile may be; a commit that is not whole is not. Changes nothing.
/// Errors: as `read_closed_source`; `corrupt` also when the log ends before what the watermark says.
Result<CopySource> read_live_source(io::Directory& directory);

/// What a copy is wanted to hold.
struct CopyLimit {
  Position position{std::numeric_limits<std::uint64_t>::max()};  ///< No event behind this one.
  Timestamp time{std::numeric_limits<std::uint64_t>::max()};     ///< No event recorded later.
};

/// Where a log is cut: all of the first segments, and then the beginning of the next.
struct CopyCut {
  std::size_t whole_segments = 0;  ///< So many are taken as they are; each is sealed or can be.
  std::uint64_t records = 0;       ///< So many of the segment behind them.
  std::uint64_t bytes = 0;         ///< What those take.
  Position last;                   ///< The last record's; 0: none.
  Timestamp time;                  ///< Its time.
};

/// Finds the last whole commit that is not past `limit`. Reads at most one segment.
/// Errors: those of opening and reading a segment; `corrupt` when its records are not there.
Result<CopyCut> find_cut(io::Directory& directory, const CopySource& source,
                         const CopyLimit& limit);

}  // namespace esker::log
