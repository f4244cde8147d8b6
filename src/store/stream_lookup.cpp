#include "store/stream_lookup.hpp"

#include <string>

#include "esker/stream_metadata.hpp"
#include "store/newest_event.hpp"

namespace esker::store {
namespace {

/// A term normally leads to one record at once; more are needed only when hashes collide or an id is in several streams.
constexpr std::size_t kFirstBatch = 4;
constexpr std::size_t kBatchMax = 1024;

}  // namespace

Result<format::RecordView> StreamLookup::read(Position position) {
  ++reads_;
  if (const log::Group* group = in_flight_.find(position)) return group->record(position);
  return records_.read(position);
}

Result<StreamHead> StreamLookup::head(std::string_view stream, Position end) {
  const index::Term term = hasher_.stream(stream);
  if (const std::optional<StreamHead> known = heads_.find(stream, term.low)) return *known;
  ESKER_TRY(const auto last, newest(stream, term, end));
  if (!last) return StreamHead{};
  const StreamHead head = head_of(*last);
  heads_.set(stream, term.low, head);
  return head;
}

Result<std::optional<format::RecordView>> StreamLookup::newest(std::string_view stream,
                                                               const index::Term& term,
                                                               Position end) {
  return newest_event(index_, term, stream, end, found_,
                      [this](Position position) { return read(position); });
}

/// Whether the stream, which has a head, has been deleted behind it.
Result<bool> StreamLookup::deleted(std::string_view stream, const StreamHead& head, Position end) {
  if (!retention_.metadata.load(std::memory_order_relaxed)) return false;
  const std::string name = metadata_stream_of(stream);
  ESKER_TRY(const auto last, newest(name, hasher_.stream(name), end));
  return metadata_in(last).deleted_before > head.position;
}

Result<std::optional<StreamHead>> StreamLookup::find_id(std::string_view stream, const EventId& id,
                                                        const index::Term& term, Position end) {
  Position from(1);
  std::size_t batch = kFirstBatch;
  while (true) {
    found_.clear();
    ESKER_TRY(index_.find(term, Direction::forwards, from, end, batch, found_));
    for (const Position position : found_) {
      ESKER_TRY(const format::RecordView record, read(position));
      if (record.id == id && record.stream == stream) {
        return std::optional(StreamHead{record.version, position});
      }
    }
    if (found_.size() < batch) return std::optional<StreamHead>();
    from = found_.back().next();
    batch = std::min(batch * 2, kBatchMax);
  }
}

/// Whether something in the range may make the condition fail. Nearly always nothing that is new has an item's first tag, which a single
/// look-up tells.
Result<bool> StreamLookup::may_fail(const Condition& condition, const PositionRange& range) {
  for (const QueryItem& item : condition.filter.items) {
    if (item.tags.empty()) return true;
    found_.clear();
    ESKER_TRY(index_.find(hasher_.tag(item.tags.front()), Direction::forwards, range.begin,
                          range.end, 1, found_));
    if (!found_.empty()) return true;
  }
  return condition.filter.items.empty();
}

Result<ConditionLook> StreamLookup::look(const Condition& condition, const PositionRange& range,
                                         std::uint64_t budget) {
  if (range.empty()) return ConditionLook{};
  ESKER_TRY(const bool may_fail, this->may_fail(condition, range));
  if (!may_fail) return ConditionLook{};
  return look_at_condition(index_, hasher_, condition, range, budget,
                           [this](Position position) { return read(position); });
}

Result<void> StreamLookup::look_up_ids(const StreamAppend& stream, Position end,
                                       std::span<const index::Term> id_terms, StreamState& state) {
  // Nearly always none of the ids is there, which is found out for all of them together.
  ESKER_TRY(index_.find_candidates(id_terms, candidates_));
  for (const std::uint32_t i : candidates_) {
    ESKER_TRY(const std::optional<StreamHead> there,
              find_id(stream.stream, stream.events[i].id, id_terms[i], end));
    if (!there) continue;
    if (state.there == 0) {
      state.appended.first_version = there->version;
      state.appended.first_position = there->position;
    } else if (there->version <= state.appended.last_version) {
      state.in_order = false;
    }
    state.appended.last_version = there->version;
    state.appended.last_position = there->position;
    ++state.there;
  }
  return ok();
}

Result<std::vector<StreamState>> StreamLookup::look_up(std::span<const StreamAppend> streams,
                                                       Position end,
                                                       std::vector<index::Term>& id_terms) {
  std::vector<StreamState> states(streams.size());
  id_terms.clear();
  for (std::size_t i = 0; i < streams.size(); ++i) {
    const std::size_t begin = id_terms.size();
    for (const NewEvent& event : streams[i].events) id_terms.push_back(hasher_.id(event.id));
    ESKER_TRY(const StreamHead head, this->head(streams[i].stream, end));
    states[i].version = head.version;
    states[i].position = head.position;
    states[i].tombstone = head.tombstone;
    if (streams[i].events.empty()) states[i].appended = {head.version, head.version, {}, {}};
    // A stream without events has none of the ids either: the commonest first append costs one look-up.
    if (head.version == Version()) continue;
    ESKER_TRY(look_up_ids(streams[i], end, std::span(id_terms).subspan(begin), states[i]));
    if (asks_whether_it_exists(streams[i].expected)) {
      ESKER_TRY(states[i].deleted, deleted(streams[i].stream, head, end));
    }
  }
  return states;
}

}  // namespace esker::store
