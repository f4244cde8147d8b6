#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "esker/result.hpp"
#include "format/record.hpp"
#include "format/segment.hpp"
#include "io/directory.hpp"
#include "log/image.hpp"
#include "log/offset_table.hpp"

namespace esker::log {

/// A segment as readers see it: mapped read-only, growing record by record while it is active, immutable once sealed. Of a compressed one
/// the blocks are decoded that are needed, and stay.
///
/// Shared by everybody who has a cursor in it; its bytes stay readable as long as it lives, also when the file has been replaced.
/// Threads: reading functions from any; `publish` only from the writer.
class Segment {
 public:
  /// A segment that grows: maps the file over the length that its header gives. Nothing has been published yet.
  /// Errors: `corrupt` (shorter than its header says), `io_error`.
  static Result<std::shared_ptr<Segment>> open_growing(std::unique_ptr<io::File> file,
                                                       const format::SegmentHeader& header);

  /// A sealed segment: its offsets are read from its table, and the file is closed again.
  /// Errors: as `open_growing`.
  static Result<std::shared_ptr<Segment>> open_sealed(std::unique_ptr<io::File> file,
                                                      const format::SegmentHeader& header,
                                                      const format::SegmentFooter& footer);

  /// A compressed one. Errors: as `open_growing`, for what is stored.
  static Result<std::shared_ptr<Segment>> open_compressed(std::unique_ptr<io::File> file,
                                                          const format::CompressedHeader& header,
                                                          std::shared_ptr<DecodedMemory> memory);

  /// Another one of the same compressed file, with nothing decoded.
  [[nodiscard]] std::shared_ptr<Segment> fresh() const;
  /// What has been decoded of a compressed segment; null when it is none.
  [[nodiscard]] const Image* image() const { return image_.get(); }
  /// How long the segment's file is.
  [[nodiscard]] std::uint64_t stored_bytes() const {
    return image_ == nullptr ? header_.file_bytes : image_->header().file_bytes;
  }

  [[nodiscard]] const format::SegmentHeader& header() const { return header_; }
  /// The file's path as it should be shown to a person.
  [[nodiscard]] const std::string& name() const { return name_; }
  /// The open file of a growing segment.
  [[nodiscard]] io::File& file() const;

  /// True when this was opened from its footer. A segment that is sealed is replaced in the log's set by a sealed one.
  [[nodiscard]] bool sealed() const { return footer_.has_value(); }
  /// Of a sealed segment.
  [[nodiscard]] const format::SegmentFooter& footer() const { return *footer_; }

  /// The first record's position; 0 while there is none.
  [[nodiscard]] Position first() const { return Position(first_.load(std::memory_order_acquire)); }
  /// One behind the last visible record's position; equal to `first` while there is none.
  [[nodiscard]] Position end() const {
    const std::uint64_t count = records();  // before `first`, which is there when a record is
    return first().plus(count);
  }

  /// The visible record at `position`, which must lie in [first, end): its event's, or the gap that `position` is in.
  ///
  /// Returns   a view into the mapping, valid as long as this segment is.
  /// Errors    `corrupt` or `io_error` (the page could not be read), naming file and offset.
  [[nodiscard]] Result<format::RecordView> read(Position position) const;

  /// Where that record begins. `position` in [first, end], where `end` gives the end of the last record. Of a sealed segment it is what the
  /// table says, within the records' bounds; `read` notices when that is wrong. 0 when the table could not be read.
  [[nodiscard]] FileOffset offset_of(Position position) const;

  // --- hints for reads of a sealed segment, whose pages may have to come from the disk; nothing for one that grows ---

  /// Asks for what tells where the records [first, end) are, without waiting for it. Positions as for `offset_of`.
  void will_find(Position first, Position end) const;
  /// Asks for these records. Waits for what `will_find` asks for.
  void will_read(Position first, Position end) const;
  /// Whether the record can be read without waiting for the disk, as far as is known: the system is asked (two calls) when neither this
  /// record nor one close to it was found in memory in this `round` of asking.
  [[nodiscard]] bool in_memory(Position position, std::uint64_t round) const;

  /// The bytes of the file in [begin, end); for gathered writes of whole records. Of a compressed segment they are those of records
  /// that have been read.
  [[nodiscard]] std::span<const std::byte> bytes(FileOffset begin, FileOffset end) const;

  /// The bytes from `begin` on, where a record begins, that are at hand, not past `end`: all of them, or of a compressed segment the first
  /// `wanted` and at least that record's; fewer when one of them cannot be read.
  [[nodiscard]] std::span<const std::byte> bytes_ahead(FileOffset begin, FileOffset end,
                                                       std::uint64_t wanted) const;

  /// Makes records visible that follow those published before. `first` is the first one's position, `offsets` where each begins in units of
  /// 8 bytes, `end` where the last one ends. For growing segments; from the writer.
  void publish(Position first, std::span<const std::uint32_t> offsets, FileOffset end);

  /// The offsets of a growing segment's records, for its table.
  [[nodiscard]] const OffsetTable& offsets() const { return *offsets_; }

 private:
  Segment(std::string name, const format::SegmentHeader& header,
          std::unique_ptr<io::Mapping> mapping);
  Segment(std::string name, std::unique_ptr<Image> image);

  void begin_sealed(const format::SegmentFooter& footer);
  /// The bytes of a record from `offset` on, up to `end`; of a compressed segment at least the record's own.
  [[nodiscard]] Result<std::span<const std::byte>> bytes_of_record(FileOffset offset,
                                                                   FileOffset end) const;

  void hint(std::uint64_t begin, std::uint64_t end) const;
  [[nodiscard]] bool byte_in_memory(std::uint64_t offset) const;

  /// The release in `publish` is acquired here: who knows of a record may read its offset and bytes.
  [[nodiscard]] std::uint64_t records() const { return records_.load(std::memory_order_acquire); }

  /// Where a sealed segment's table tells of its record number `index`, counted from 0.
  [[nodiscard]] std::uint64_t entry_begin(std::uint64_t index) const {
    return format::offset_table_begin(header_.file_bytes, footer_->records).value() +
           index * format::kOffsetEntryBytes;
  }

  const std::string name_;
  const format::SegmentHeader header_;
  const std::unique_ptr<io::Mapping> mapping_;   // of what is not compressed
  const std::unique_ptr<Image> image_;           // of what is
  const std::span<const std::byte> bytes_;       // of either
  std::unique_ptr<io::File> file_;               // of a growing segment
  std::unique_ptr<OffsetTable> offsets_;         // of a growing segment
  std::optional<format::SegmentFooter> footer_;  // of a sealed one
  // Of a sealed segment: which records were found in memory, a bit for some in a row, in the round of asking. Hints, so relaxed.
  mutable std::vector<std::atomic<std::uint64_t>> in_memory_;
  mutable std::atomic<std::uint64_t> in_memory_round_{0};
  std::atomic<std::uint64_t> first_{0};
  std::atomic<std::uint64_t> records_{0};
};

/// The log's segments in order, as an immutable set that is swapped whole. Only the last may have no record yet.
class SegmentSet {
 public:
  explicit SegmentSet(std::vector<std::shared_ptr<Segment>> segments)
      : segments_(std::move(segments)) {}

  /// The segment that holds `position`; null when none does (yet).
  [[nodiscard]] std::shared_ptr<Segment> find(Position position) const;

  [[nodiscard]] const std::vector<std::shared_ptr<Segment>>& all() const { return segments_; }

 private:
  std::vector<std::shared_ptr<Segment>> segments_;
};

}  // namespace esker::log
