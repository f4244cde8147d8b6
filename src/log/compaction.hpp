#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "esker/function.hpp"
#include "esker/result.hpp"
#include "io/directory.hpp"
#include "log/segment.hpp"
#include "log/unpublished_file.hpp"

namespace esker::log {

/// What becomes of an event when its segment is compacted.
enum class Fate : std::uint8_t {
  keep,
  strip,  ///< A remnant stays: stream, type, version, id, without tags, data and metadata.
  drop,   ///< Only its position stays, in a gap.
};

/// Decides about the events of a segment, in their order. Gaps are not asked about.
using Judge = UniqueFunction<Result<Fate>(const format::RecordView&)>;

/// What a compaction has found in its segment, or come to.
struct CompactionCounts {
  std::uint64_t events = 0;        ///< That were there before, remnants not counted.
  std::uint64_t dropped = 0;       ///< Of them, and of remnants.
  std::uint64_t stripped = 0;      ///< Of them.
  std::uint64_t bytes_before = 0;  ///< The file's.
  std::uint64_t bytes_after = 0;   ///< The same when nothing was released.

  CompactionCounts& operator+=(const CompactionCounts& other);
  [[nodiscard]] bool anything() const { return dropped + stripped > 0; }
};

/// Replaces a sealed segment by one without the events that have been released, or several that follow each other by one, one bounded
/// piece with at most one blocking call at a time:
///
///     look at all records → create → header, records, table, footer → sync → rename → sync directory → open
///       → when there were several: remove them, each in turn → sync directory
///
/// Positions and versions stay, and so does what index files name of a segment: its id and its salt. One alone is renamed over; several
/// stay beside the one that they become until that is durable (format-spec.md, "Merged"). Whoever reads in an old file goes on in
/// it: the directory forgets it, its mapping does not. A crash leaves either the old ones or the new one to count, and perhaps
/// others, which the next open removes (R8).
class Compaction {
 public:
  /// `segments` are sealed, one behind the other; `directory` outlives this. When `look_only`, it ends when it has looked.
  enum class Extent : std::uint8_t { look_only, all };
  Compaction(io::Directory& directory, std::vector<std::shared_ptr<Segment>> segments, Judge judge,
             Extent extent);

  /// Does the next piece. True when there is nothing left to do. After an error the compaction is to be abandoned; the segments are as
  /// they were, or `compacted` has taken their place.
  /// Errors: those of reading, of the judge, and of writing; `not_found` when the directory has been moved (R11).
  Result<bool> step();

  /// Removes what has been begun, if it can.
  void abandon();

  /// Bytes read and written by the last step.
  [[nodiscard]] std::uint64_t moved_bytes() const { return moved_bytes_; }
  /// Whole when `step` has said that there is nothing left.
  [[nodiscard]] const CompactionCounts& counts() const { return counts_; }

  [[nodiscard]] const std::vector<std::shared_ptr<Segment>>& segments() const { return segments_; }
  /// What takes their place; null as long as nothing does.
  [[nodiscard]] const std::shared_ptr<Segment>& compacted() const { return compacted_; }
  /// The new file may have its name.
  [[nodiscard]] bool renamed() const { return stage_ > Stage::sync; }

 private:
  enum class Stage : std::uint8_t {
    look,
    check,
    create,
    header,
    copy,
    table,
    footer,
    sync,
    rename,
    sync_directory,
    open,
    remove,
    sync_removed,
    done
  };

  [[nodiscard]] bool merges() const { return segments_.size() > 1; }
  void merge_headers();
  Result<void> do_stage();
  [[nodiscard]] bool stage_is_over() const;
  [[nodiscard]] bool nothing_left() const;
  void begin_pass();
  Result<format::RecordView> read_next();
  [[nodiscard]] bool begins_part(Position position) const;
  Result<void> look();
  Result<void> look_at(const format::RecordView& record);
  Result<void> end_look();
  Result<void> create();
  Result<void> write_header();
  Result<void> copy();
  void copy_record(const format::RecordView& record, Fate fate);
  void put_gap(const format::RecordView& record);
  void end_gap();
  std::span<std::byte> place(std::size_t bytes, std::uint64_t positions);
  Result<void> write_table();
  Result<void> write_footer();
  Result<void> open();
  Result<void> remove_next();

  io::Directory& directory_;
  const std::vector<std::shared_ptr<Segment>> segments_;
  Judge judge_;
  const Extent extent_;
  format::SegmentHeader header_;
  format::SegmentFooter footer_;
  Stage stage_ = Stage::look;
  std::size_t in_segment_ = 0;  // of `segments_`: where `next_` is
  Position next_;               // to be looked at, or copied
  Position end_position_;       // behind the last one
  std::uint64_t moved_bytes_ = 0;
  CompactionCounts counts_;

  // What looking has found out.
  std::vector<Fate> fates_;  // of each record, gaps included
  std::uint64_t records_bytes_ = 0;
  bool in_gap_ = false;

  // What is written.
  std::optional<UnpublishedFile> made_;
  std::size_t copied_ = 0;  // of `fates_`
  FileOffset end_{format::kSegmentHeaderBytes};
  std::vector<std::byte> piece_;
  format::Gap gap_;
  Timestamp first_time_;                // of the first record written
  std::vector<std::uint32_t> offsets_;  // for each position
  std::shared_ptr<Segment> compacted_;
  std::size_t removed_ = 0;  // of `segments_`
};

}  // namespace esker::log
