#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "io/read_ahead_window.hpp"
#include "log/log.hpp"
#include "store/position_range.hpp"

namespace esker::store {

/// Reads visible records by position, keeping the segment that it read last: a walk looks one up once a segment.
///
/// What its user is going to read he may tell, so that it is on its way from the disk by then.
/// Threads: one at a time. Must not outlive the log.
class RecordReader {
 public:
  explicit RecordReader(const log::Log& log) : log_(&log) {}

  /// The record at `position`, which must be visible. The view stays valid until the next call, and no longer than the reader.
  /// Errors: `corrupt`, `io_error`, naming file and offset.
  Result<format::RecordView> read(Position position) {
    ++reads_;
    if (position < first_ || position >= end_) {
      ESKER_TRY(find_segment(position));
    }
    return segment_->read(position);
  }

  /// As `read`, for a walk over all records of `range` that stands at its front.
  Result<format::RecordView> read_on(const PositionRange& range, Direction direction) {
    const Position front = range.front(direction);
    if (front < first_ || front >= end_) {
      ESKER_TRY(find_segment(front));
    }
    if (!window_.calm(steps_to(front, direction))) ask_ahead(range, direction);
    ++reads_;
    return segment_->read(front);
  }

  /// Asks for the records at these positions, in a walk's order, if some of them have to come from the disk. They must be visible.
  void will_read(std::span<const Position> positions) const;

  /// How many records it has been asked for.
  [[nodiscard]] std::uint64_t reads() const { return reads_; }

  /// The segment of the record read last, which pins its bytes; null before the first.
  [[nodiscard]] const std::shared_ptr<log::Segment>& segment() const { return segment_; }

 private:
  /// How many records of the segment a walk has behind it that is at `position`.
  [[nodiscard]] std::uint64_t steps_to(Position position, Direction direction) const {
    return direction == Direction::forwards ? position.value() - first_.value()
                                            : end_.value() - 1 - position.value();
  }

  Result<void> find_segment(Position position);
  void ask_ahead(const PositionRange& range, Direction direction);

  const log::Log* log_;
  std::uint64_t reads_ = 0;
  std::shared_ptr<log::Segment> segment_;
  Position first_;
  Position
      end_;  // of the segment when it was found; an active one is found again when it has grown
  io::ReadAheadWindow window_{1, 1};  // of this segment's records
};

}  // namespace esker::store
