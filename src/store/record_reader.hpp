#pragma once

#include <memory>

#include "log/log.hpp"

namespace esker::store {

/// Reads visible records by position, keeping the segment that it read last: a walk looks one up once a segment.
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

  /// How many records it has been asked for.
  [[nodiscard]] std::uint64_t reads() const { return reads_; }

  /// The segment of the record read last, which pins its bytes; null before the first.
  [[nodiscard]] const std::shared_ptr<log::Segment>& segment() const { return segment_; }

 private:
  Result<void> find_segment(Position position);

  const log::Log* log_;
  std::uint64_t reads_ = 0;
  std::shared_ptr<log::Segment> segment_;
  Position first_;
  Position
      end_;  // of the segment when it was found; an active one is found again when it has grown
};

}  // namespace esker::store
