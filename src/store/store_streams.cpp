#include "esker/store.hpp"

#include "format/system_requests.hpp"

namespace esker {
namespace {

auto reading(const Store& door) {
  return [&door](const Query& query) -> Result<Cursor> { return door.read(query); };
}

auto appending(Store& door) {
  return [&door](const NewCommit& commit) { return door.append(commit); };
}

}  // namespace

Result<StreamMetadata> Store::stream_metadata(std::string_view stream) const {
  auto read = reading(*this);
  ESKER_TRY(format::MetadataFound found, format::read_metadata(read, stream));
  return std::move(found.metadata);
}

Result<AppendResult> Store::set_stream_metadata(std::string_view stream,
                                                const StreamMetadata& metadata, Expected expected) {
  ESKER_TRY(SystemAppend event, metadata_append(stream, metadata));
  auto append = appending(*this);
  return format::append_one(append, std::move(event), expected);
}

Result<AppendResult> Store::delete_stream(std::string_view stream, Expected expected) {
  auto read = reading(*this);
  auto append = appending(*this);
  return format::delete_stream(read, append, stream, expected);
}

Result<AppendResult> Store::tombstone_stream(std::string_view stream, Expected expected) {
  auto append = appending(*this);
  return format::append_one(append, tombstone_append(stream), expected);
}

Result<AppendResult> Store::save_snapshot(std::string_view stream, const Snapshot& snapshot) {
  auto append = appending(*this);
  return format::append_one(append, snapshot_append(stream, snapshot));
}

Result<std::optional<Snapshot>> Store::load_snapshot(std::string_view stream) const {
  auto read = reading(*this);
  return format::read_snapshot(read, stream);
}

Result<Version> Store::load_aggregate(
    std::string_view stream, UniqueFunction<Result<void>(const Snapshot&)> on_snapshot,
    UniqueFunction<Result<void>(const EventView&)> on_event) const {
  auto read = reading(*this);
  return format::load_aggregate(read, stream, on_snapshot, on_event);
}

Result<AppendResult> Store::save_checkpoint(std::string_view name, Position position) {
  auto append = appending(*this);
  return format::append_one(append, checkpoint_append(name, position));
}

Result<Position> Store::load_checkpoint(std::string_view name) const {
  auto read = reading(*this);
  return format::read_checkpoint(read, name);
}

}  // namespace esker
