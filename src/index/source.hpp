#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "esker/result.hpp"
#include "index/memtable.hpp"
#include "index/run.hpp"
#include "index/segment_key.hpp"

namespace esker::index {

/// One part of the index: consecutive segments whose postings are in one memtable or one run, never both.
///
/// A run may cover more than its source. That is so when it was found damaged: a source for each of its segments then takes the place of
/// the one that it had, and each answers from what of the run is good until it is made again.
struct Source {
  SegmentId segment;                   ///< The first one.
  Position first;                      ///< Its first position.
  std::shared_ptr<Memtable> memtable;  ///< Of one segment.
  std::shared_ptr<Run> run;
  /// The segments, once they are sealed.
  std::shared_ptr<const std::vector<SegmentKey>> sealed;

  [[nodiscard]] SegmentId last_segment() const { return sealed ? sealed->back().id : segment; }
  [[nodiscard]] Position end() const { return sealed ? sealed->back().end : memtable->end(); }
  /// It has a memtable that should become a run.
  [[nodiscard]] bool unflushed() const { return memtable != nullptr && sealed != nullptr; }
  [[nodiscard]] bool damaged() const { return run != nullptr && run->damaged(); }
  /// It has a run, and that covers no other source.
  [[nodiscard]] bool whole() const;

  /// Appends at most `max` positions of [from, end), as `Index::find` does. Errors: those of `Run::copy`; positions may have been added.
  Result<void> find(const Term& term, Direction direction, Position from, Position until,
                    std::size_t max, std::vector<Position>& positions) const;

  /// Sets bit i of the answer for each of at most 64 ids that may be here. Errors: those of `Run::copy`.
  [[nodiscard]] Result<std::uint64_t> may_contain(std::span<const Term> ids) const;
};

/// In order of segments, and so of positions. Immutable and swapped whole: a walk goes on in the set that it began in.
using Sources = std::vector<Source>;

/// Segments as a source has them.
std::shared_ptr<const std::vector<SegmentKey>> keep_segments(std::span<const SegmentKey> segments);

/// The segments of these sources, all of them sealed, in their order.
std::vector<SegmentKey> segments_of(const Sources& sources);

/// A source for each segment of `source`, which has a run.
Sources split_source(const Source& source);

}  // namespace esker::index
