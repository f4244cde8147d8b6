#include "server/grpc/recorder.hpp"

#include "esker/store.hpp"
#include "server/grpc/content_type.hpp"
#include "server/grpc/links.hpp"
#include "server/grpc/metadata_json.hpp"
#include "server/grpc/numbers.hpp"
#include "streams.pb.h"

namespace esker::server::kurrent {
namespace {

using Message = streams::ReadResp_RecordedEvent;

constexpr std::string_view kTombstoneTypeOfTheirs = "$streamDeleted";

void assign(std::span<const std::byte> bytes, std::string& text) { text.assign(as_text(bytes)); }

/// What all events are told of. `type` and the like as the client is to see them.
void write_system_metadata(std::string_view type, std::string_view content_type, Timestamp time,
                           Message& message) {
  auto& metadata = *message.mutable_metadata();
  metadata["type"].assign(type);
  metadata["content-type"].assign(content_type);
  metadata["created"] = std::to_string(ticks_of(time));
}

void write_position(Position position, Message& message) {
  message.set_prepare_position(commit_position_of(position));
  message.set_commit_position(commit_position_of(position));
}

/// The first event that is left of a stream; nothing when none is.
Result<std::optional<Version>> first_version(const Store& store, std::string_view stream) {
  Query query;
  query.selector = Selector::stream(std::string(stream));
  query.limit = 1;
  ESKER_TRY(Cursor cursor, store.read(query));
  ESKER_TRY(const std::optional<EventView> first, cursor.next());
  if (!first) return std::optional<Version>();
  return std::optional(first->version);
}

/// Before which revision all events of a stream that was deleted are gone.
Result<std::uint64_t> truncated_before(const Store& store, std::string_view stream,
                                       std::string_view json) {
  ESKER_TRY(const std::optional<Version> first, first_version(store, stream));
  if (first) return revision_of(*first);
  ESKER_TRY(const StreamMetadata said, parse_stream_metadata(json, Position(kEndNumber)));
  if (said.deleted_before == Position(kEndNumber)) return kAllTruncated;
  // The metadata were changed behind the deletion, which in their eyes brings the stream back, without events.
  ESKER_TRY(const Version last, store.current_version(stream));
  return last.value();
}

}  // namespace

Result<void> Recorder::write_metadata(const EventView& event, Message& message) const {
  const std::string_view json = as_text(event.data);
  const std::string_view stream = event.stream.substr(kMetadataMark.size());
  ESKER_TRY(const std::uint64_t truncated, truncated_before(store_, stream, json));
  *message.mutable_data() = metadata_for_client(json, truncated);
  return ok();
}

Result<void> Recorder::write(const EventView& event, Message& message) const {
  const bool tombstone = event.type == kTombstoneType;
  write_uuid(event.id, options_.ids, *message.mutable_id());
  message.mutable_stream_identifier()->mutable_stream_name()->assign(event.stream);
  message.set_stream_revision(tombstone ? kTombstoneRevision : revision_of(event.version));
  write_position(event.position, message);
  write_system_metadata(tombstone ? kTombstoneTypeOfTheirs : event.type,
                        content_type_of(event.data, event.tags), event.time, message);
  assign(event.metadata, *message.mutable_custom_metadata());
  if (event.stream.starts_with(kMetadataMark) && tells_of_deletion(as_text(event.data))) {
    return write_metadata(event, message);
  }
  assign(event.data, *message.mutable_data());
  return ok();
}

void Recorder::write_link(const EventView& target, Message& message) const {
  write_uuid(link_id(options_.projection, target.id), options_.ids, *message.mutable_id());
  message.mutable_stream_identifier()->set_stream_name(options_.projection);
  message.set_stream_revision(link_revision_of(target.position));
  write_position(target.position, message);
  write_system_metadata(kLinkType, kBytes, target.time, message);
  message.clear_custom_metadata();
  *message.mutable_data() = link_text(target);
}

Result<bool> Recorder::write_target(const EventView& link, Message& message) const {
  const std::optional<LinkTarget> target = parse_link(link.data);
  if (!target) return false;
  Query query;
  query.selector = Selector::stream(std::string(target->stream));
  query.from = target->version.value();
  query.limit = 1;
  Result<Cursor> cursor = store_.read(query);
  if (!cursor) {
    const Errc why = cursor.assume_error().code();
    // A link may say anything: what is not there, or cannot be, is not resolved.
    if (why == Errc::position_ahead || why == Errc::invalid_argument) return false;
    return std::move(cursor).assume_error();
  }
  ESKER_TRY(const std::optional<EventView> event, cursor.assume_value().next());
  if (!event || event->version != target->version) return false;
  ESKER_TRY(write(*event, message));
  return true;
}

Result<void> Recorder::record(const EventView& event, streams::ReadResp& message) const {
  streams::ReadResp_ReadEvent& told = *message.mutable_event();
  told.set_commit_position(commit_position_of(event.position));
  if (!options_.projection.empty()) {
    if (!options_.resolve_links) {
      write_link(event, *told.mutable_event());
      return ok();
    }
    write_link(event, *told.mutable_link());
    return write(event, *told.mutable_event());
  }
  told.clear_link();
  if (!options_.resolve_links || event.type != kLinkType) {
    return write(event, *told.mutable_event());
  }
  ESKER_TRY(write(event, *told.mutable_link()));
  ESKER_TRY(const bool resolved, write_target(event, *told.mutable_event()));
  if (!resolved) told.clear_event();
  return ok();
}

}  // namespace esker::server::kurrent
