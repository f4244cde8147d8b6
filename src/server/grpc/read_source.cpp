#include "server/grpc/read_source.hpp"

#include "base/assert.hpp"
#include "esker/store.hpp"
#include "server/grpc/links.hpp"
#include "server/grpc/numbers.hpp"
#include "streams.pb.h"

namespace esker::server::kurrent {
namespace {

/// That server reads so many events at once, and tells of a stream's first revision when the first piece has none.
constexpr std::uint64_t kPageEvents = 32;

Recorder::Options recorder_options(const ReadPlan& plan) {
  const bool projection = plan.of == ReadPlan::Of::projection;
  return {plan.ids, plan.resolve_links, projection ? plan.stream : std::string()};
}

/// Beyond the end there is nothing to read, which is no error.
Result<std::optional<Cursor>> open_cursor(const Store& store, const std::optional<Query>& query) {
  if (!query) return std::optional<Cursor>();
  Result<Cursor> cursor = store.read(*query);
  if (cursor) return std::optional<Cursor>(std::move(cursor).assume_value());
  if (cursor.assume_error().code() == Errc::position_ahead) return std::optional<Cursor>();
  return std::move(cursor).assume_error();
}

}  // namespace

Reply<StreamStatus> readable_status(const Store& store, const std::string& stream) {
  ESKER_TRY(const StreamStatus status, store.stream_status(stream));
  if (status.tombstoned) return stream_deleted(stream);
  if (stream.starts_with(kMetadataMark)) {
    const std::string_view owner = std::string_view(stream).substr(kMetadataMark.size());
    ESKER_TRY(const StreamStatus owners, store.stream_status(owner));
    if (owners.tombstoned) return stream_deleted(stream);
  }
  return status;
}

Reply<std::unique_ptr<MessageSource>> ReadSource::open(const Store& store, ReadPlan plan) {
  StreamStatus status;
  if (plan.of == ReadPlan::Of::stream) {
    ESKER_TRY(status, readable_status(store, plan.stream));
  }
  ESKER_TRY(std::optional<Cursor> cursor, open_cursor(store, read_query(plan)));
  std::unique_ptr<ReadSource> source(
      new ReadSource(store, std::move(plan), status, std::move(cursor)));
  ESKER_TRY(source->part_, source->first_part());
  return std::unique_ptr<MessageSource>(std::move(source));
}

ReadSource::ReadSource(const Store& store, ReadPlan plan, StreamStatus status,
                       std::optional<Cursor> cursor)
    : store_(store),
      plan_(std::move(plan)),
      status_(status),
      recorder_(store, recorder_options(plan_)),
      cursor_(std::move(cursor)) {}

Result<ReadSource::Part> ReadSource::first_part() {
  if (plan_.of != ReadPlan::Of::stream) return Part::events;
  if (!status_.exists()) return Part::missing;
  if (!plan_.wants_ends || plan_.direction == Direction::backwards) return Part::events;
  ESKER_TRY(const std::optional<std::uint64_t> first, first_revision_behind_gap());
  if (!first) return Part::events;
  first_revision_ = *first;
  return Part::first_position;
}

/// The first revision that can be read, when what was asked for begins a page or more before.
Result<std::optional<std::uint64_t>> ReadSource::first_revision_behind_gap() const {
  const std::optional<std::uint64_t> none;
  if (plan_.from == ReadPlan::From::end) return none;
  Query query;
  query.selector = Selector::stream(plan_.stream);
  query.limit = 1;
  ESKER_TRY(Cursor cursor, store_.read(query));
  ESKER_TRY(const std::optional<EventView> first, cursor.next());
  // Where all events have been released, what comes next is the first.
  const std::uint64_t revision =
      first ? revision_of(first->version) : revision_of(status_.version.next());
  if (revision < plan_.number || revision - plan_.number < kPageEvents) return none;
  return std::optional(revision);
}

Reply<MessageSource::Step> ReadSource::next(streams::ReadResp& message) {
  switch (part_) {
    case Part::missing:
      message.mutable_stream_not_found()->mutable_stream_identifier()->set_stream_name(
          plan_.stream);
      part_ = Part::over;
      return Step::message;
    case Part::first_position:
      message.set_first_stream_position(first_revision_);
      part_ = Part::events;
      return Step::message;
    case Part::events:
      return next_event(message);
    case Part::last_position:
      message.set_last_stream_position(revision_of(status_.version));
      part_ = Part::over;
      return Step::message;
    case Part::over:
      break;
  }
  return Step::done;
}

Reply<MessageSource::Step> ReadSource::next_event(streams::ReadResp& message) {
  if (!cursor_ || delivered_ == plan_.count) return end(message);
  for (std::uint64_t looks = 0; looks < kLooksOfTurn; ++looks) {
    ESKER_TRY(const std::optional<EventView> event, cursor_->next());
    if (!event) return end(message);
    if (plan_.of == ReadPlan::Of::projection && !is_linked(*event)) continue;
    if (plan_.filter) {
      ESKER_TRY(const bool selected, plan_.filter->selects(*event));
      if (!selected) continue;
    }
    ESKER_TRY(recorder_.record(*event, message));
    ++delivered_;
    return Step::message;
  }
  return Step::paused;
}

Reply<MessageSource::Step> ReadSource::end(streams::ReadResp& message) {
  cursor_.reset();  // and with it what it holds on to
  part_ = Part::over;
  if (plan_.of == ReadPlan::Of::stream && plan_.wants_ends) part_ = Part::last_position;
  if (plan_.of == ReadPlan::Of::projection && delivered_ == 0) {
    ESKER_TRY(const bool exists, projection_exists());
    if (!exists) part_ = Part::missing;
  }
  return next(message);
}

/// A projection's stream is there as soon as there is something in it.
Result<bool> ReadSource::projection_exists() const {
  Query query = projection_query(plan_.stream);
  query.limit = 1;
  ESKER_TRY(Cursor cursor, store_.read(query));
  ESKER_TRY(const std::optional<EventView> first, cursor.next());
  return first.has_value();
}

void ReadSource::async_wait(UniqueFunction<void()> /*handler*/) {
  ESKER_ASSERT(false);  // `next` never answers `waiting`
}

}  // namespace esker::server::kurrent
