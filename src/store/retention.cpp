#include "store/retention.hpp"

#include <algorithm>

#include "store/newest_event.hpp"
#include "store/read_context.hpp"

namespace esker::store {
namespace {

/// So many streams are remembered: a walk over many comes back to those that are busy.
constexpr std::size_t kKnownMax = 4096;

/// What the stream of the store's own called `stream` belongs to, if it goes when that one is deleted.
std::optional<std::string_view> owner_of(std::string_view stream) {
  if (!stream.starts_with(kSnapshotMark)) return std::nullopt;
  return stream.substr(kSnapshotMark.size());
}

bool is_tombstone(const std::optional<format::RecordView>& last) {
  return last && last->type == kTombstoneType;
}

}  // namespace

std::optional<std::uint64_t> kept_by_name(std::string_view stream, std::uint64_t snapshots_kept) {
  if (stream.starts_with(kMetadataMark) || stream.starts_with(kCheckpointMark)) return 1;
  if (stream.starts_with(kSnapshotMark)) return snapshots_kept;
  return std::nullopt;
}

StreamMetadata metadata_in(const std::optional<format::RecordView>& newest) {
  if (!newest) return {};
  Result<StreamMetadata> metadata = parse_stream_metadata(as_text(newest->data), newest->position);
  // Appends that do not say anything sensible are refused; a store from before that may hold some.
  return metadata ? std::move(metadata).assume_value() : StreamMetadata{};
}

Retention::Retention(const ReadContext& context) : context_(context), records_(context.log) {}

Result<bool> Retention::released(const format::RecordView& record, Position end) {
  if (!context_.retention.any() && !is_system_stream(record.stream)) return false;
  const auto known = known_.find(record.stream);
  if (known != known_.end()) return known->second.covers(record);
  // The reader that the record is of is another one than ours, so its views stay.
  ESKER_TRY(const Released released, of(record.stream, end));
  if (known_.size() >= kKnownMax) known_.clear();
  known_.emplace(record.stream, released);
  return released.covers(record);
}

Result<Released> Retention::of(std::string_view stream, Position end) {
  Released released;
  ESKER_TRY(const StreamMetadata metadata, metadata_of(stream, end));
  released.before = metadata.deleted_before;
  if (metadata.truncate_before != Version()) {
    released.versions = metadata.truncate_before.previous();
  }
  if (metadata.max_age) {
    const auto age =
        static_cast<std::uint64_t>(std::chrono::nanoseconds(*metadata.max_age).count());
    const std::uint64_t now = context_.clock.now().value();
    released.older = Timestamp(now > age ? now - age : 0);
  }
  const auto kept = metadata.max_count ? metadata.max_count
                                       : kept_by_name(stream, context_.retention.snapshots_kept);
  if (kept || context_.retention.tombstones.load(std::memory_order_relaxed)) {
    ESKER_TRY(const auto last, newest(stream, end));
    released.all = is_tombstone(last);
    const std::uint64_t version = last ? last->version.value() : 0;
    if (kept && version > *kept) {
      released.versions = std::max(released.versions, Version(version - *kept));
    }
  }
  if (const std::optional<std::string_view> owner = owner_of(stream)) {
    ESKER_TRY(add_deletion(*owner, end, released));
  }
  return released;
}

/// What goes when `owner` is deleted.
Result<void> Retention::add_deletion(std::string_view owner, Position end, Released& released) {
  ESKER_TRY(const StreamMetadata metadata, metadata_of(owner, end));
  released.before = std::max(released.before, metadata.deleted_before);
  if (!context_.retention.tombstones.load(std::memory_order_relaxed)) return ok();
  ESKER_TRY(const auto last, newest(owner, end));
  released.all = released.all || is_tombstone(last);
  return ok();
}

Result<StreamMetadata> Retention::metadata_of(std::string_view stream, Position end) {
  if (stream.starts_with(kMetadataMark) ||
      !context_.retention.metadata.load(std::memory_order_relaxed)) {
    return StreamMetadata{};
  }
  ESKER_TRY(const auto last, newest(metadata_stream_of(stream), end));
  return metadata_in(last);
}

Result<std::optional<format::RecordView>> Retention::newest(std::string_view stream, Position end) {
  return newest_event(context_.index, context_.hasher.stream(stream), stream, end, found_,
                      [this](Position position) { return records_.read(position); });
}

}  // namespace esker::store
