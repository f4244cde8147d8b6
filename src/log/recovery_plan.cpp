#include <algorithm>
#include <array>
#include <limits>

#include "log/recovery.hpp"
#include "log/witness.hpp"

namespace esker::log {
namespace {

constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();

std::string describe_end(const SegmentScan& scan) {
  if (scan.fault == format::RecordFault::none) return "record has a position out of order";
  return std::string(format::describe(scan.fault));
}

class Planner {
 public:
  Planner(const std::vector<SegmentFile>& segments,
          const std::optional<format::Watermark>& watermark)
      : segments_(segments), watermark_(watermark) {}

  Result<RecoveryPlan> plan() {
    plan_.scans.resize(segments_.size());
    ESKER_TRY(find_begun());
    for (std::size_t i = 0; i < begun_; ++i) {
      ESKER_TRY(check_segment(i));
    }
    ESKER_TRY(check_watermark());
    plan_.active = begun_ == 0 ? 0 : begun_ - 1;
    if (begun_ > 0 && segments_[plan_.active].footer && begun_ < segments_.size()) ++plan_.active;
    if (plan_.clean) return std::move(plan_);
    for (std::size_t i = begun_ == 0 ? 0 : begun_ - 1; i < segments_.size(); ++i) {
      ESKER_TRY(check_behind(i));
    }
    return std::move(plan_);
  }

 private:
  Result<void> find_begun() {
    for (std::size_t i = 0; i < segments_.size(); ++i) {
      ESKER_TRY(const Position first, first_position(segments_[i]));
      firsts_.push_back(first);
      if (first != Position()) begun_ = i + 1;
    }
    return ok();
  }

  /// A segment with records, or one that should have some since a later one has.
  Result<void> check_segment(std::size_t i) {
    const SegmentFile& segment = segments_[i];
    const Position expected = plan_.last.next();
    const bool last = i + 1 == begun_;
    if (segment.footer) {
      if (segment.footer->first != expected) {
        return damaged_at(segment.path,
                          FileOffset(segment.header.file_bytes - format::kSegmentFooterBytes),
                          "footer says that the segment begins with position " +
                              std::to_string(segment.footer->first.value()) + " instead of " +
                              std::to_string(expected.value()));
      }
      plan_.last = segment.footer->first.plus(segment.footer->records).previous();
      plan_.time = segment.footer->last_time;
      plan_.proven = plan_.last;
      return ok();
    }
    if (!last && firsts_[i + 1] <= expected) {
      // The first one that has no place is the later segment's, unless this one has no record at all.
      const SegmentFile& wrong = firsts_[i] == Position() ? segment : segments_[i + 1];
      return damaged_at(wrong.path, FileOffset(format::kSegmentHeaderBytes),
                        "the segment's first record is not there or has a position out of order");
    }
    const std::uint64_t limit = last ? kNoLimit : firsts_[i + 1].value() - expected.value();
    OnRecord nothing = [](const format::RecordView&, FileOffset) {};
    ESKER_TRY(plan_.scans[i],
              scan_segment(*segment.file, segment.header, expected, limit, nothing));
    const SegmentScan& scan = plan_.scans[i];
    if (!last && scan.committed < limit) {
      return damaged_at(segment.path, scan.end,
                        describe_end(scan) + ", and later segments prove that there was one");
    }
    const auto& parts = segment.header.parts;
    if (!parts.empty() && (scan.committed == 0 || scan.committed_last() < parts.back().first)) {
      return damaged_at(segment.path, scan.end,
                        describe_end(scan) + ", and the segment was merged of more than that");
    }
    plan_.last = scan.committed_last();
    if (scan.committed > 0) plan_.time = scan.committed_time;
    // Rolling over to a new segment makes the one before durable first (R1).
    plan_.proven = std::max(plan_.proven, last ? scan.durable : plan_.last);
    return ok();
  }

  Result<void> check_watermark() {
    if (!watermark_) return ok();
    if (watermark_->position > plan_.last) {
      return damaged_at(end_segment().path, end_offset(),
                        "the log ends with position " + std::to_string(plan_.last.value()) + " (" +
                            end_reason() + "), and the watermark proves that it went on to " +
                            std::to_string(watermark_->position.value()));
    }
    plan_.proven = std::max(plan_.proven, watermark_->position);
    plan_.clean = watermark_->clean && watermark_->position == plan_.last && nothing_torn();
    return ok();
  }

  /// The end of the log, or a segment behind it that should be empty: nothing there may prove that more had been durable.
  Result<void> check_behind(std::size_t i) {
    const SegmentFile& segment = segments_[i];
    if (segment.footer) return ok();
    const SegmentScan& scan = plan_.scans[i];
    if (scan.durable > plan_.last) {
      return damaged_at(segment.path, scan.end,
                        describe_end(scan) + ", and records before it prove that it was durable");
    }
    const FileOffset from = std::max(scan.end, FileOffset(format::kSegmentHeaderBytes));
    ESKER_TRY(const std::optional<Witness> witness,
              find_witness(*segment.file, segment.header, from, plan_.last.next()));
    if (!witness) return ok();
    return damaged_at(segment.path, from,
                      describe_end(scan) + ", and the record at offset " +
                          std::to_string(witness->offset.value()) + " proves that position " +
                          std::to_string(witness->durable.value()) + " was durable");
  }

  [[nodiscard]] const SegmentFile& end_segment() const {
    return segments_[begun_ == 0 ? 0 : begun_ - 1];
  }

  [[nodiscard]] FileOffset end_offset() const {
    const SegmentFile& segment = end_segment();
    if (segment.footer) return segment.footer->records_end;
    const SegmentScan& scan = plan_.scans[begun_ == 0 ? 0 : begun_ - 1];
    return std::max(scan.end, FileOffset(format::kSegmentHeaderBytes));
  }

  [[nodiscard]] std::string end_reason() const {
    if (end_segment().footer) return "the segment is sealed there";
    return describe_end(plan_.scans[begun_ == 0 ? 0 : begun_ - 1]);
  }

  /// True when the last segment's records end with a whole commit and then nothing.
  [[nodiscard]] bool nothing_torn() const {
    if (begun_ == 0 || end_segment().footer) return true;
    const SegmentScan& scan = plan_.scans[begun_ - 1];
    return scan.fault == format::RecordFault::end_of_log && scan.end == scan.committed_end;
  }

  const std::vector<SegmentFile>& segments_;
  const std::optional<format::Watermark>& watermark_;
  std::vector<Position> firsts_;  // each segment's, as `first_position` has it
  std::size_t begun_ = 0;         // segments before this index have records, or should
  RecoveryPlan plan_;
};

}  // namespace

Result<RecoveryPlan> plan_recovery(const std::vector<SegmentFile>& segments,
                                   const std::optional<format::Watermark>& watermark) {
  return Planner(segments, watermark).plan();
}

}  // namespace esker::log
