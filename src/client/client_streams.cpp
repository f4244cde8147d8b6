#include "esker/client.hpp"

#include "format/system_requests.hpp"

namespace esker {
namespace {

auto reading(Client& door) {
  return [&door](const Query& query) -> Result<EventReader> { return door.read(query); };
}

auto appending(Client& door) {
  return [&door](const NewCommit& commit) { return door.append(commit); };
}

}  // namespace

Result<StreamMetadata> Client::stream_metadata(std::string_view stream) {
  auto read = reading(*this);
  ESKER_TRY(format::MetadataFound found, format::read_metadata(read, stream));
  return std::move(found.metadata);
}

Result<AppendResult> Client::set_stream_metadata(std::string_view stream,
                                                 const StreamMetadata& metadata,
                                                 Expected expected) {
  ESKER_TRY(SystemAppend event, metadata_append(stream, metadata));
  auto append = appending(*this);
  return format::append_one(append, std::move(event), expected);
}

Result<AppendResult> Client::delete_stream(std::string_view stream, Expected expected) {
  auto read = reading(*this);
  auto append = appending(*this);
  return format::delete_stream(read, append, stream, expected);
}

Result<AppendResult> Client::tombstone_stream(std::string_view stream, Expected expected) {
  auto append = appending(*this);
  return format::append_one(append, tombstone_append(stream), expected);
}

Result<AppendResult> Client::save_snapshot(std::string_view stream, const Snapshot& snapshot) {
  auto append = appending(*this);
  return format::append_one(append, snapshot_append(stream, snapshot));
}

Result<std::optional<Snapshot>> Client::load_snapshot(std::string_view stream) {
  auto read = reading(*this);
  return format::read_snapshot(read, stream);
}

Result<Version> Client::load_aggregate(std::string_view stream,
                                       UniqueFunction<Result<void>(const Snapshot&)> on_snapshot,
                                       UniqueFunction<Result<void>(const EventView&)> on_event) {
  auto read = reading(*this);
  return format::load_aggregate(read, stream, on_snapshot, on_event);
}

Result<AppendResult> Client::save_checkpoint(std::string_view name, Position position) {
  auto append = appending(*this);
  return format::append_one(append, checkpoint_append(name, position));
}

Result<Position> Client::load_checkpoint(std::string_view name) {
  auto read = reading(*this);
  return format::read_checkpoint(read, name);
}

}  // namespace esker
