#include "server/grpc/proposed_events.hpp"

#include <utility>

#include "esker/system_streams.hpp"
#include "server/grpc/content_type.hpp"
#include "server/grpc/links.hpp"
#include "server/grpc/metadata_json.hpp"
#include "server/grpc/uuid_message.hpp"
#include "streams.pb.h"

namespace esker::server::kurrent {
namespace {

Tags tags_of(const ProposedEvent& event) {
  Tags tags;
  if (const auto tag = content_type_tag(event.content_type, as_bytes(event.data))) tags.add(*tag);
  if (const auto id = correlation_id_in(as_bytes(event.metadata))) tags.add(correlation_tag(*id));
  return tags;
}

}  // namespace

Reply<void> ProposedEvents::add(streams::ProposedMessage&& message) {
  const std::optional<Uuid> id = uuid_in(message.id());
  if (!id || id->is_nil()) return invalid_argument("an event has no id, or one that is not a UUID");
  auto& metadata = *message.mutable_metadata();
  const auto type = metadata.find("type");
  if (type == metadata.end() || type->second.empty()) return missing_metadata("type");
  const auto content_type = metadata.find("content-type");
  if (content_type == metadata.end()) return missing_metadata("content-type");
  return add(ProposedEvent{*id, std::move(type->second), std::move(content_type->second),
                           std::move(*message.mutable_data()),
                           std::move(*message.mutable_custom_metadata())});
}

Reply<void> ProposedEvents::add(ProposedEvent event) {
  if (event.type == kTombstoneType) {
    return invalid_argument("an event of type $tombstone ends a stream: call Tombstone for that");
  }
  bytes_ += event.type.size() + event.data.size() + event.metadata.size();
  Tags tags = tags_of(event);
  held_.push_back({std::move(event), std::move(tags)});
  events_.clear();
  return ok();
}

Result<void> ProposedEvents::keep_deletion(Position deleted_before) {
  for (Held& held : held_) {
    ESKER_TRY(held.event.data, metadata_behind_deletion(held.event.data, deleted_before));
  }
  events_.clear();
  return ok();
}

std::span<const NewEvent> ProposedEvents::events() {
  if (events_.empty()) {
    for (const Held& held : held_) {
      events_.push_back({held.event.id, held.event.type, as_bytes(held.event.data),
                         as_bytes(held.event.metadata), held.tags});
    }
  }
  return events_;
}

}  // namespace esker::server::kurrent
