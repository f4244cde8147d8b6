#include "store/release_judge.hpp"

namespace esker::store {
namespace {

constexpr std::size_t kHeadsMax = 4096;

}  // namespace

StreamClass class_of(std::string_view stream) {
  if (stream.starts_with(kMetadataMark)) return StreamClass::metadata;
  if (stream.starts_with(kSnapshotMark)) return StreamClass::snapshots;
  if (stream.starts_with(kCheckpointMark)) return StreamClass::checkpoints;
  return StreamClass::application;
}

Result<log::Fate> ReleaseJudge::operator()(const format::RecordView& record) {
  if (!record.released) {
    ESKER_TRY(const bool released, retention_.released(record, end_));
    if (!released) return log::Fate::keep;
  }
  ESKER_TRY(const bool last, is_last(record));
  if (!record.released) {
    ReleasedEvents& count = released_[static_cast<std::size_t>(class_of(record.stream))];
    ++count.events;
    count.bytes += record.padded_bytes();
  }
  return last ? log::Fate::strip : log::Fate::drop;
}

Result<bool> ReleaseJudge::is_last(const format::RecordView& record) {
  const auto known = heads_.find(record.stream);
  if (known != heads_.end()) return known->second == record.version;
  ESKER_TRY(const auto newest, retention_.newest(record.stream, end_));
  const Version head = newest ? newest->version : record.version;
  if (heads_.size() >= kHeadsMax) heads_.clear();
  heads_.emplace(record.stream, head);
  return head == record.version;
}

}  // namespace esker::store
