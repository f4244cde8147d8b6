#include "log/recovery.hpp"

#include <algorithm>
#include <vector>

#include "base/assert.hpp"
#include "base/byte_order.hpp"
#include "log/own_file.hpp"
#include "log/preparation.hpp"
#include "log/sealing.hpp"

namespace esker::log {
namespace {

constexpr io::Site kReadTail{"log.recover_read_tail"};
constexpr io::Site kRewriteTail{"log.recover_rewrite_tail"};
constexpr io::Site kReadBehind{"log.recover_read_behind"};
constexpr io::Site kZeroBehind{"log.recover_zero_behind"};
constexpr io::Site kSyncTail{"log.recover_sync_tail"};
constexpr io::Site kRemoveLeftover{"log.recover_remove_leftover"};
constexpr io::Site kSyncDirectory{"log.recover_sync_directory"};
constexpr io::Site kOpenSealed{"log.recover_open_sealed"};

constexpr std::uint64_t kPieceBytes = 1 << 20;
/// What is zeroed at once when a part of it is not.
constexpr std::uint64_t kZeroBytes = 4096;

/// An open without a watermark may follow opens that nobody knows of any more: their numbers are left out.
constexpr std::uint64_t kIncarnationGap = 1ULL << 32;

/// Writes [begin, end) again as it is: the page cache may show what the disk does not hold (R3).
Result<void> rewrite(io::File& file, FileOffset begin, FileOffset end) {
  std::vector<std::byte> piece;
  for (std::uint64_t at = begin.value(); at < end.value(); at += piece.size()) {
    piece.resize(std::min(kPieceBytes, end.value() - at));
    ESKER_TRY(file.read_at(FileOffset(at), piece, kReadTail));
    ESKER_TRY(file.write_at(FileOffset(at), piece, kRewriteTail));
  }
  return ok();
}

/// Zeroes what is not zero from `begin` to `end`. How many bytes lie before the last one that was not.
Result<std::uint64_t> zero_behind(io::File& file, FileOffset begin, FileOffset end) {
  ReadAhead bytes(file, end, kReadBehind);
  const std::vector<std::byte> zeros(kZeroBytes);
  std::uint64_t torn = 0;
  std::uint64_t at = begin.value();
  while (at < end.value()) {
    ESKER_TRY(const std::span<const std::byte> view, bytes.at(FileOffset(at), kZeroBytes));
    const std::span<const std::byte> piece =
        view.first(std::min<std::size_t>(view.size(), kZeroBytes));
    if (!base::is_zero(piece)) {
      torn = at + piece.size() - begin.value();
      for (std::size_t back = piece.size(); piece[back - 1] == std::byte{0}; --back) --torn;
      ESKER_TRY(file.write_at(FileOffset(at), std::span(zeros).first(piece.size()), kZeroBehind));
    }
    at += piece.size();
  }
  return torn;
}

class Recovery {
 public:
  Recovery(io::Directory& directory, io::Clock& clock, const LogOptions& options)
      : directory_(directory), clock_(clock), options_(options) {}

  Result<RecoveredLog> recover() {
    log_.decoded = std::make_shared<DecodedMemory>(options_.decoded_bytes_max);
    ESKER_TRY(log_.watermark, WatermarkFile::open(directory_));
    ESKER_TRY(inventory_, take_inventory(directory_));
    if (inventory_.segments.empty()) {
      ESKER_TRY(create());
    } else {
      ESKER_TRY(check_store());
      ESKER_TRY(plan_, plan_recovery(inventory_.segments, log_.watermark.found()));
      ESKER_TRY(mend());
      ESKER_TRY(open_segments());
    }
    ESKER_TRY(begin_watermark());
    fill_report();
    return std::move(log_);
  }

 private:
  Result<void> create() {
    const std::optional<format::Watermark>& watermark = log_.watermark.found();
    if (inventory_.index_runs || (watermark && watermark->position != Position())) {
      return Error(
          Errc::corrupt,
          directory_.path() +
              ": the log's segments are missing, and there is what belongs to them: put them "
              "back, or choose an empty directory");
    }
    if (!options_.create) {
      return Error(Errc::not_found, directory_.path() + ": there is no store");
    }
    for (const std::string& name : inventory_.leftovers) {
      ESKER_TRY(directory_.remove(name, kRemoveLeftover));
    }
    log_.report.created = true;
    log_.store = watermark ? watermark->store : options_.random();
    log_.incarnation = watermark ? watermark->incarnation.next() : Incarnation(1);
    format::SegmentHeader header;
    header.store = log_.store;
    header.id = SegmentId(1);
    header.salt = salt_of(options_.random());
    ESKER_TRY(header.file_bytes,
              next_segment_bytes(0, options_.segment_bytes_first, options_.segment_bytes, 0, 0));
    header.created = clock_.now();
    header.incarnation = log_.incarnation;
    ESKER_TRY(std::shared_ptr<Segment> segment, prepare(header));
    log_.segments.push_back(std::move(segment));
    log_.end = {log_.segments.back(), FileOffset(format::kSegmentHeaderBytes), {}, {}};
    return ok();
  }

  Result<void> check_store() {
    log_.store = inventory_.segments.front().header.store;
    const std::optional<format::Watermark>& watermark = log_.watermark.found();
    if (watermark && watermark->store != log_.store) {
      return Error(Errc::corrupt,
                   directory_.path() + "/" + std::string(format::kWatermarkFileName) +
                       ": the watermark belongs to another store (" + watermark->store.to_string() +
                       ") than the segments: find out which files were mixed up");
    }
    for (const SegmentFile& segment : inventory_.segments) {
      log_.incarnation = std::max(log_.incarnation, segment.header.incarnation);
    }
    if (watermark) {
      log_.incarnation = std::max(log_.incarnation, watermark->incarnation).next();
    } else {
      log_.incarnation = log_.incarnation.plus(kIncarnationGap);
      log_.report.warnings.push_back(directory_.path() +
                                     ": the watermark file is missing or damaged, so a loss of the "
                                     "last events before the last "
                                     "stop could not be noticed; it is written anew");
    }
    return ok();
  }

  /// Everything that changes the log; all checks have passed.
  Result<void> mend() {
    for (const std::string& name : inventory_.leftovers) {
      ESKER_TRY(directory_.remove(name, kRemoveLeftover));
    }
    // Behind the active segment all are empty. Only after an orderly close their names are known to be durable: a name that a failed sync
    // of the directory has left in the cache no later sync makes durable (R3, for names).
    std::vector<SegmentFile>& segments = inventory_.segments;
    const std::size_t kept = std::min(segments.size(), plan_.active + (plan_.clean ? 2 : 1));
    for (; segments.size() > kept; segments.pop_back()) {
      ESKER_TRY(directory_.remove(segments.back().header.file_name(), kRemoveLeftover));
      ESKER_TRY(
          directory_.sync(kSyncDirectory));  // or it could come back without the one before it
    }
    if (!plan_.clean && is_empty(plan_.active)) {
      ESKER_TRY(make_again(segments[plan_.active]));
    }
    ESKER_TRY(own_files());
    if (!plan_.clean) {
      ESKER_TRY(mend_end());
    }
    ESKER_TRY(seal_merged());
    return directory_.sync(kSyncDirectory);
  }

  /// Only the footer of a merged segment can have been lost: it never was anything but sealed.
  Result<void> seal_merged() {
    for (std::size_t i = 0; i < inventory_.segments.size(); ++i) {
      SegmentFile& segment = inventory_.segments[i];
      if (segment.footer || segment.header.parts.empty()) continue;
      log_.report.warnings.push_back(segment.path + ": " +
                                     segment.footer_fault.value_or("the footer is missing") +
                                     "; it is made again from the records");
      ESKER_TRY(seal_again(directory_, std::move(segment.file), segment.header, plan_.scans[i]));
      ESKER_TRY(segment, open_segment_file(directory_, segment.header.ids()));
      segment.file.reset();
    }
    return ok();
  }

  /// What is not sealed will be written to: records, a footer that was lost. A branch may have it, too.
  Result<void> own_files() {
    for (SegmentFile& segment : inventory_.segments) {
      if (segment.footer) continue;
      ESKER_TRY(const bool is_new, own_file(directory_, segment.header.file_name()));
      if (!is_new) continue;
      ESKER_TRY(segment, open_segment_file(directory_, segment.header.ids()));
    }
    return ok();
  }

  [[nodiscard]] bool is_empty(std::size_t i) const {
    return !inventory_.segments[i].footer && plan_.scans[i].committed == 0;
  }

  /// Puts a new file in the place of a segment without records: there is one of that name at each moment, and then a durable one.
  Result<void> make_again(SegmentFile& segment) {
    format::SegmentHeader header = segment.header;
    header.salt = salt_of(options_.random());
    header.created = clock_.now();
    header.incarnation = log_.incarnation;
    ESKER_TRY(prepare(header));
    ESKER_TRY(segment, open_segment_file(directory_, header.id));
    return ok();
  }

  /// Makes a segment's file, to its end.
  Result<std::shared_ptr<Segment>> prepare(const format::SegmentHeader& header) {
    Preparation preparation(directory_, header);
    while (true) {
      Result<bool> step = preparation.step();
      if (!step) {
        preparation.abandon();
        return std::move(step).assume_error();
      }
      if (step.assume_value()) return preparation.take();
    }
  }

  /// Cuts the torn tail off, makes what stays durable, and zeroes what is behind.
  Result<void> mend_end() {
    const std::size_t count = inventory_.segments.size();
    // The active segment may be the empty one behind a sealed one; what follows it is empty in any case.
    for (std::size_t i = plan_.active; i < count; ++i) {
      SegmentFile& segment = inventory_.segments[i];
      if (segment.footer) continue;
      const SegmentScan& scan = plan_.scans[i];
      const FileOffset cut =
          scan.committed > 0 ? scan.committed_end : FileOffset(format::kSegmentHeaderBytes);
      if (scan.committed > 0 && plan_.proven < plan_.last) {
        const std::uint64_t proven =
            plan_.proven < scan.first ? 0 : plan_.proven.value() - scan.first.value() + 1;
        const FileOffset begin(std::uint64_t{scan.offsets[proven]} * format::kRecordAlignment);
        ESKER_TRY(rewrite(*segment.file, begin, cut));
      }
      ESKER_TRY(const std::uint64_t torn,
                zero_behind(*segment.file, cut, FileOffset(segment.header.file_bytes)));
      log_.report.torn_bytes += torn;
      ESKER_TRY(segment.file->sync_data(kSyncTail));
    }
    return ok();
  }

  Result<void> open_segments() {
    for (std::size_t i = 0; i < inventory_.segments.size(); ++i) {
      SegmentFile& file = inventory_.segments[i];
      std::shared_ptr<Segment> segment;
      if (file.footer) {
        ESKER_TRY(std::unique_ptr<io::File> sealed,
                  directory_.open(file.header.file_name(), io::OpenMode::read_only, kOpenSealed));
        if (file.compressed) {
          ESKER_TRY(segment,
                    Segment::open_compressed(std::move(sealed), *file.compressed, log_.decoded));
        } else {
          ESKER_TRY(segment, Segment::open_sealed(std::move(sealed), file.header, *file.footer));
        }
      } else {
        ESKER_TRY(segment, Segment::open_growing(std::move(file.file), file.header));
        const SegmentScan& scan = plan_.scans[i];
        segment->publish(scan.first, std::span(scan.offsets).first(scan.committed),
                         scan.committed_end);
        log_.report.events_scanned += scan.committed;
      }
      if (i == plan_.active) {
        log_.end.segment = segment;
        log_.end.offset = end_of(*segment);
      }
      if (i <= plan_.active) {
        log_.segments.push_back(std::move(segment));
      } else {
        log_.prepared = std::move(segment);
      }
    }
    log_.end.position = plan_.last;
    log_.end.time = plan_.time;
    return ok();
  }

  static FileOffset end_of(const Segment& segment) {
    const Position end = segment.end();
    if (end == segment.first()) return FileOffset(format::kSegmentHeaderBytes);
    return segment.offset_of(end);
  }

  /// From now on the watermark says that this incarnation was there, and that the log is open.
  Result<void> begin_watermark() {
    const bool make = log_.watermark.missing();
    if (make) {
      ESKER_TRY(log_.watermark.create(directory_));
    }
    format::Watermark watermark;
    watermark.store = log_.store;
    watermark.incarnation = log_.incarnation;
    watermark.segment = log_.end.segment->header().id;
    watermark.offset = log_.end.offset;
    watermark.position = log_.end.position;
    // Both slots: should the newer one be damaged, the older one must not say that the log was closed in order.
    for (int slot = 0; slot < 2; ++slot) {
      ESKER_TRY(log_.watermark.write(watermark));
      ESKER_TRY(log_.watermark.sync());
    }
    if (make) {
      ESKER_TRY(directory_.sync(kSyncDirectory));
    }
    return ok();
  }

  void fill_report() {
    log_.report.clean = plan_.clean || log_.report.created;
    log_.report.segments = log_.segments.size();
    log_.report.events = log_.end.position.value();
    for (const std::string& name : inventory_.unknown) {
      log_.report.warnings.push_back(directory_.path() + "/" + name +
                                     ": not a file of this store, left alone");
    }
    for (const SegmentFile& segment : inventory_.segments) {
      if (!segment.footer_fault || segment.footer) continue;
      log_.report.warnings.push_back(segment.path + ": " + *segment.footer_fault +
                                     "; it is made again from the records");
    }
  }

  io::Directory& directory_;
  io::Clock& clock_;
  const LogOptions& options_;
  Inventory inventory_;
  RecoveryPlan plan_;
  RecoveredLog log_;
};

}  // namespace

Result<RecoveredLog> recover_log(io::Directory& directory, io::Clock& clock,
                                 const LogOptions& options) {
  return Recovery(directory, clock, options).recover();
}

}  // namespace esker::log
