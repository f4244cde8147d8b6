#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "esker/checkpoint.hpp"
#include "esker/function.hpp"
#include "esker/query.hpp"
#include "esker/snapshot.hpp"
#include "esker/stream_metadata.hpp"

/// What an application asks of the store's own streams, in terms of what a store in process and a client both have: `read(query)` gives a
/// `Result` of something with `next()`, and `append(commit)` a `Result<AppendResult>`. Errors are theirs.
namespace esker::format {

/// Calls `on_event` with the last event of `stream` that is there, if there is one.
template <class Read, class OnEvent>
Result<void> with_last_event(Read& read, std::string stream, OnEvent on_event) {
  Query query;
  query.selector = Selector::stream(std::move(stream));
  query.direction = Direction::backwards;
  query.from = Query::kEnd;
  query.limit = 1;
  ESKER_TRY(auto reader, read(query));
  ESKER_TRY(const std::optional<EventView> event, reader.next());
  return event ? on_event(*event) : ok();
}

struct MetadataFound {
  StreamMetadata metadata;
  Version version;  ///< Of the event that says so; 0: there is none.
};

template <class Read>
Result<MetadataFound> read_metadata(Read& read, std::string_view stream) {
  MetadataFound found;
  ESKER_TRY(with_last_event(
      read, metadata_stream_of(stream), [&found](const EventView& event) -> Result<void> {
        ESKER_TRY(found.metadata, parse_stream_metadata(as_text(event.data), event.position));
        found.version = event.version;
        return ok();
      }));
  return found;
}

template <class Append>
Result<AppendResult> append_one(Append& append, SystemAppend event,
                                Expected expected = Expected::any()) {
  const std::vector<StreamAppend> streams{event.append(expected)};
  return append(NewCommit(streams));
}

/// Keeps what else the metadata says: whoever changes it meanwhile makes this begin again.
template <class Read, class Append>
Result<AppendResult> delete_stream(Read& read, Append& append, std::string_view stream,
                                   Expected expected) {
  constexpr int kTries = 16;
  for (int i = 1;; ++i) {
    ESKER_TRY(MetadataFound found, read_metadata(read, stream));
    found.metadata.deleted = true;
    ESKER_TRY(SystemAppend event, metadata_append(stream, found.metadata));
    const std::vector<StreamAppend> streams{event.append(Expected::exactly(found.version)),
                                            {stream, expected, {}}};
    Result<AppendResult> result = append(NewCommit(streams));
    const bool again = !result && result.assume_error().code() == Errc::wrong_version &&
                       !result.assume_error().conflicts().empty() &&
                       result.assume_error().conflicts().front().stream == event.stream();
    if (!again || i == kTries) return result;
  }
}

template <class Read>
Result<std::optional<Snapshot>> read_snapshot(Read& read, std::string_view stream) {
  std::optional<Snapshot> snapshot;
  ESKER_TRY(with_last_event(read, snapshot_stream_of(stream),
                            [&snapshot](const EventView& event) -> Result<void> {
                              snapshot = as_snapshot(event);
                              return ok();
                            }));
  return snapshot;
}

template <class Read>
Result<Position> read_checkpoint(Read& read, std::string_view name) {
  Position position;
  ESKER_TRY(with_last_event(read, checkpoint_stream_of(name),
                            [&position](const EventView& event) -> Result<void> {
                              ESKER_TRY(position, parse_checkpoint(as_text(event.data)));
                              return ok();
                            }));
  return position;
}

template <class Read, class OnSnapshot, class OnEvent>
Result<Version> load_aggregate(Read& read, std::string_view stream, OnSnapshot& on_snapshot,
                               OnEvent& on_event) {
  Query query;
  query.selector = Selector::stream(std::string(stream));
  query.from_snapshot = true;
  ESKER_TRY(auto reader, read(query));
  Version version;
  while (true) {
    ESKER_TRY(const std::optional<EventView> event, reader.next());
    if (!event) return version;
    if (event->stream == stream) {
      ESKER_TRY(on_event(*event));
      version = event->version;
    } else if (const std::optional<Snapshot> snapshot = as_snapshot(*event)) {
      ESKER_TRY(on_snapshot(*snapshot));
      version = snapshot->version;
    }
  }
}

}  // namespace esker::format
