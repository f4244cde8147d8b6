#pragma once

#include <array>

#include "esker/compaction.hpp"
#include "log/compaction.hpp"
#include "store/read_context.hpp"
#include "store/retention.hpp"

namespace esker::store {

StreamClass class_of(std::string_view stream);

/// Decides for compaction which events are let go: those that have been released, but of a stream's last event a remnant stays, so that its
/// versions go on. Counts what it lets go.
///
/// Threads: one at a time. Must not outlive what `context` refers to.
class ReleaseJudge {
 public:
  /// `end` is one behind the last position that is taken into account.
  ReleaseJudge(const ReadContext& context, Position end) : retention_(context), end_(end) {}

  /// Errors: those of reading.
  Result<log::Fate> operator()(const format::RecordView& record);

  [[nodiscard]] const std::array<ReleasedEvents, kStreamClasses>& released() const {
    return released_;
  }

 private:
  Result<bool> is_last(const format::RecordView& record);

  Retention retention_;
  const Position end_;
  std::array<ReleasedEvents, kStreamClasses> released_{};
  ByStream<Version> heads_;  // of streams met, a bounded number
};

}  // namespace esker::store
