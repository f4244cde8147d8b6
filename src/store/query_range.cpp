#include "store/query_range.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "esker/checkpoint.hpp"
#include "esker/snapshot.hpp"
#include "store/filter_walk.hpp"
#include "store/newest_event.hpp"
#include "store/record_reader.hpp"
#include "store/retention.hpp"
#include "store/stream_place.hpp"

namespace esker::store {
namespace {

Error ahead(const std::string& what, std::uint64_t from, std::uint64_t end) {
  return {Errc::position_ahead, "reading from " + std::to_string(from) + ", but " + what +
                                    " ends at " + std::to_string(end)};
}

Error checkpoint_ahead(const std::string& name, Position checkpoint, Position end) {
  return {Errc::position_ahead, "checkpoint \"" + name + "\" is at " +
                                    std::to_string(checkpoint.value()) + ", but the log ends at " +
                                    std::to_string(end.value()) +
                                    ": this is not the log that it was made of; save it anew"};
}

/// The first position of [begin, end) that was recorded at `time` or later; `end` when there is none. Recorded times never decrease.
Result<Position> first_at(RecordReader& records, PositionRange range, Timestamp time) {
  std::uint64_t low = range.begin.value();
  std::uint64_t high = range.end.value();
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    ESKER_TRY(const format::RecordView record, records.read(Position(middle)));
    if (record.time < time) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return Position(low);
}

/// Narrows the visible positions down, bound by bound.
class Narrowing {
 public:
  Narrowing(const ReadContext& context, const Query& query)
      : context_(context),
        query_(query),
        forwards_(query.direction == Direction::forwards),
        low_(forwards_ ? query.from : query.to.value_or(0)),
        high_(forwards_ ? query.to.value_or(Query::kEnd) : query.from),
        records_(context.log),
        retention_(context) {}
  ~Narrowing() { context_.records_read += records_.reads() + retention_.reads(); }
  Narrowing(const Narrowing&) = delete;
  Narrowing& operator=(const Narrowing&) = delete;

  Result<QueryPlace> narrow() {
    const Position visible = context_.log.visible();
    visible_end_ = visible.next();
    range_ = {Position(1), visible_end_};
    if (query_.as_of > visible) {
      return Error(Errc::position_ahead,
                   "the store as of position " + std::to_string(query_.as_of.value()) +
                       " is wanted, but it ends at " + std::to_string(visible.value()));
    }
    if (query_.as_of != Position()) range_.end = query_.as_of.next();
    ESKER_TRY(by_time());
    if (query_.selector.kind == Selector::Kind::stream) {
      const Position end = range_.end;
      ESKER_TRY(by_version());
      ESKER_TRY(by_retention(end));
      if (query_.from_snapshot) {
        ESKER_TRY(by_snapshot(end));
      }
    } else {
      ESKER_TRY(by_position());
    }
    if (!query_.from_last.empty()) {
      ESKER_TRY(by_last());
    }
    if (!query_.from_checkpoint.empty()) {
      ESKER_TRY(by_checkpoint());
    }
    return QueryPlace{range_, lead_};
  }

 private:
  Result<void> by_time() {
    // In this order: what is later than `until` need not be looked at again.
    if (query_.until != Timestamp()) {
      ESKER_TRY(range_.end, first_at(records_, range_, query_.until.next()));
    }
    if (query_.since != Timestamp()) {
      ESKER_TRY(range_.begin, first_at(records_, range_, query_.since));
    }
    return ok();
  }

  Result<void> by_position() {
    if (forwards_ && low_ > range_.end.value()) {
      return ahead("the log", low_, range_.end.previous().value());
    }
    range_.begin = std::max(range_.begin, Position(low_));
    if (high_ < range_.end.value()) range_.end = Position(high_).next();
    return ok();
  }

  Result<void> by_version() {
    if (low_ <= 1 && high_ == Query::kEnd) return ok();
    StreamPlace place(context_, query_.selector.name);
    ESKER_TRY(const StreamHead head, place.last_before(range_.end));
    const Version low(low_);
    if (forwards_ && low > head.version.next()) {
      return ahead("stream \"" + query_.selector.name + '"', low_, head.version.value());
    }
    if (low > head.version) {
      range_.begin = std::max(range_.begin, head.position.next());
      if (!forwards_) range_.end = range_.begin;
    } else if (low_ > 1) {
      ESKER_TRY(const Position first, place.find(low, head));
      range_.begin = std::max(range_.begin, first);
    }
    if (high_ == 0) {
      range_.end = range_.begin;
    } else if (Version(high_) < head.version) {
      ESKER_TRY(const Position last, place.find(Version(high_), head));
      range_.end = std::min(range_.end, last.next());
    }
    return ok();
  }

  /// What has been released is the stream's beginning.
  Result<void> by_retention(Position end) {
    const std::string& stream = query_.selector.name;
    if (!context_.retention.any() && !is_system_stream(stream)) return ok();
    ESKER_TRY(const Released released, retention_.of(stream, visible_end_));
    if (released.all) {
      range_.begin = std::max(range_.begin, range_.end);
      return ok();
    }
    range_.begin = std::max(range_.begin, released.before);
    if (released.older != Timestamp()) {
      ESKER_TRY(range_.begin, first_at(records_, range_, released.older));
    }
    return released.versions == Version() ? ok() : begin_behind(released.versions, end);
  }

  /// The stream's events up to `version` are not wanted. `end` bounds those that are there.
  Result<void> begin_behind(Version version, Position end) {
    StreamPlace place(context_, query_.selector.name);
    ESKER_TRY(const StreamHead head, place.last_before(end));
    Position begin = head.position.next();
    if (version < head.version) {
      ESKER_TRY(begin, place.find(version.next(), head));
    }
    range_.begin = std::max(range_.begin, begin);
    return ok();
  }

  Result<void> by_snapshot(Position end) {
    const std::string stream = snapshot_stream_of(query_.selector.name);
    ESKER_TRY(const auto last, newest(stream, end));
    if (!last) return ok();
    const std::optional<Version> version = snapshot_version(last->stream, last->tags);
    if (!version || version->value() > high_) return ok();
    ESKER_TRY(const Released released, retention_.of(stream, visible_end_));
    if (released.covers(*last)) return ok();
    lead_ = last->position;
    return begin_behind(*version, end);
  }

  Result<void> by_checkpoint() {
    ESKER_TRY(const auto last, newest(checkpoint_stream_of(query_.from_checkpoint), visible_end_));
    if (!last) return ok();
    ESKER_TRY(const Position checkpoint, parse_checkpoint(as_text(last->data)));
    if (checkpoint >= visible_end_) {
      return checkpoint_ahead(query_.from_checkpoint, checkpoint, visible_end_.previous());
    }
    range_.begin = std::max(range_.begin, checkpoint.next());
    return ok();
  }

  Result<std::optional<format::RecordView>> newest(const std::string& stream, Position end) {
    return newest_event(context_.index, context_.hasher.stream(stream), stream, end, found_,
                        [this](Position position) { return records_.read(position); });
  }

  Result<void> by_last() {
    const QueryItem item{{query_.from_last}, {}};
    const FilterView filter{query_.selector, std::span(&item, 1)};
    FilterWalk walk(context_.index, context_.hasher, filter, Direction::backwards);
    PositionRange rest = range_;
    while (!rest.empty()) {
      std::uint64_t budget = Query::kNoLimit;
      ESKER_TRY(const Proposal proposal, walk.next(rest, budget));
      if (proposal.kind == Proposal::Kind::none) return ok();
      ESKER_TRY(const format::RecordView record, records_.read(proposal.position));
      if (selects(filter, record)) {
        range_.begin = proposal.position;
        return ok();
      }
      rest = rest.behind(Direction::backwards, proposal.position);
    }
    return ok();
  }

  const ReadContext& context_;
  const Query& query_;
  const bool forwards_;
  const std::uint64_t low_;   // the lowest number that may be delivered
  const std::uint64_t high_;  // the highest
  RecordReader records_;
  Retention retention_;
  std::vector<Position> found_;
  Position visible_end_;
  PositionRange range_;
  std::optional<Position> lead_;
};

/// Behind the stream's event of version `to`, once that is there.
Result<std::optional<Position>> end_of_version(const ReadContext& context, const Query& query,
                                               Version to, Position end) {
  if (to == Version()) return std::optional(Position());
  StreamPlace place(context, query.selector.name);
  ESKER_TRY(const StreamHead head, place.last_before(end));
  if (to > head.version) return std::optional<Position>();
  ESKER_TRY(const Position last, place.find(to, head));
  return std::optional(last.next());
}

/// Before the first event that was recorded later than `until`, once that is there.
Result<std::optional<Position>> end_of_time(const ReadContext& context, Timestamp until,
                                            Position end) {
  if (end <= Position(1)) return std::optional<Position>();
  RecordReader records(context.log);
  ESKER_TRY(const format::RecordView newest, records.read(end.previous()));
  if (newest.time <= until) return std::optional<Position>();
  ESKER_TRY(const Position later, first_at(records, {Position(1), end}, until.next()));
  return std::optional(later);
}

}  // namespace

Result<QueryPlace> place_of(const ReadContext& context, const Query& query) {
  return Narrowing(context, query).narrow();
}

Result<std::optional<Position>> end_of(const ReadContext& context, const Query& query,
                                       Position end) {
  std::optional<Position> least;
  const auto narrow = [&least](std::optional<Position> bound) {
    if (bound && (!least || *bound < *least)) least = bound;
  };
  if (query.as_of != Position()) narrow(query.as_of.next());
  if (query.to && *query.to != Query::kEnd) {
    if (query.selector.kind == Selector::Kind::stream) {
      ESKER_TRY(const auto bound, end_of_version(context, query, Version(*query.to), end));
      narrow(bound);
    } else {
      narrow(Position(*query.to).next());
    }
  }
  if (query.until != Timestamp()) {
    ESKER_TRY(const auto bound, end_of_time(context, query.until, end));
    narrow(bound);
  }
  return least;
}

}  // namespace esker::store
