#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "esker/result.hpp"
#include "io/clock.hpp"
#include "io/directory.hpp"
#include "log/inventory.hpp"
#include "log/log.hpp"
#include "log/scan.hpp"
#include "log/watermark_file.hpp"

namespace esker::log {

/// What the records of all segments say about the log's end, and what is to be done about it. Nothing has been changed yet.
struct RecoveryPlan {
  std::vector<SegmentScan>
      scans;  ///< One for each segment; empty ones for those that are sealed or have no record.
  std::size_t active = 0;  ///< Index of the segment where the next group goes, if it has room.
  Position last;           ///< The last record that stays.
  Timestamp time;          ///< Its time.
  Position proven;         ///< Records up to here are known to have been durable.
  bool clean = false;      ///< The watermark says that nothing was written behind `last`.
};

/// Decides R5 for the whole log: which records stay, and whether what is missing had been durable.
///
///     what is wrong at the first bad place         a later record,     the watermark      then it is
///     or behind the last whole commit              segment or footer   says it had been
///     -----------------------------------------    ----------------    --------------    ------------
///     a bad record in a segment with later ones    (is the proof)      any               corruption
///     a bad record, or a commit without its end    proves it durable   any               corruption
///     the same, or just the end                    no                  durable           corruption
///     the same                                     no                  not durable       a torn tail
///
/// Errors: `corrupt`, naming file and offset; `io_error`.
Result<RecoveryPlan> plan_recovery(const std::vector<SegmentFile>& segments,
                                   const std::optional<format::Watermark>& watermark);

/// A log that is ready to be used.
struct RecoveredLog {
  Uuid store;
  Incarnation incarnation;
  std::vector<std::shared_ptr<Segment>> segments;  ///< The last is where `end` is.
  std::shared_ptr<Segment> prepared;               ///< The one after it; null when there is none.
  LogEnd end;
  std::shared_ptr<DecodedMemory> decoded;  ///< What the compressed segments share.
  WatermarkFile watermark;
  RecoveryReport report;
};

/// Recovers the log in `directory`, or makes an empty one, in the order of R3. Errors: as `Log::open`.
Result<RecoveredLog> recover_log(io::Directory& directory, io::Clock& clock,
                                 const LogOptions& options);

}  // namespace esker::log
