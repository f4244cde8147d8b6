#include "store/query_walk.hpp"

#include <algorithm>

#include "store/stream_place.hpp"
#include "store/validate.hpp"

namespace esker::store {
namespace {

/// The first batch is small, for those who want a few events; a walk that goes on fetches more at once.
constexpr std::size_t kFirstBatch = 64;
constexpr std::size_t kBatchMax = 1024;

Error closed_error() { return {Errc::closed, "the store has been closed"}; }

Error ahead(const std::string& what, std::uint64_t from, std::uint64_t end) {
  return {Errc::position_ahead, "reading from " + std::to_string(from) + ", but " + what +
                                    " ends at " + std::to_string(end)};
}

}  // namespace

QueryWalk::QueryWalk(const ReadContext& context, const Query& query)
    : context_(context), query_(query), records_(context.log), remaining_(query.limit) {}

Result<std::unique_ptr<QueryWalk>> QueryWalk::open(const ReadContext& context, const Query& query) {
  if (context.closed.load(std::memory_order_relaxed)) return closed_error();
  ESKER_TRY(check_query(query));
  std::unique_ptr<QueryWalk> walk(new QueryWalk(context, query));
  ESKER_TRY(walk->begin());
  return walk;
}

Result<void> QueryWalk::begin() {
  const Position visible = context_.log.visible();
  next_ = Position(1);
  end_ = visible.next();
  batch_max_ = static_cast<std::size_t>(std::min<std::uint64_t>(kFirstBatch, query_.limit));
  switch (query_.selector.kind) {
    case Selector::Kind::all:
      break;
    case Selector::Kind::stream:
      return begin_in_stream();
    case Selector::Kind::category:
      term_ = context_.hasher.category(query_.selector.name);
      break;
    case Selector::Kind::type:
      term_ = context_.hasher.type(query_.selector.name);
      break;
  }
  if (!forwards()) {
    if (query_.from <= visible.value()) end_ = Position(query_.from).next();
    return ok();
  }
  if (query_.from > end_.value()) return ahead("the log", query_.from, visible.value());
  next_ = std::max(next_, Position(query_.from));
  return ok();
}

Result<void> QueryWalk::begin_in_stream() {
  term_ = context_.hasher.stream(query_.selector.name);
  const Version from(query_.from);
  if (forwards() ? from <= Version(1) : query_.from == Query::kEnd) return ok();
  StreamPlace place(context_, query_.selector.name);
  ESKER_TRY(const StreamHead head, place.last_before(end_));
  if (!forwards()) {
    if (from == Version()) {
      end_ = next_;
    } else if (from < head.version) {
      ESKER_TRY(const Position last, place.find(from, head));
      end_ = last.next();
    }
    return ok();
  }
  if (from > head.version.next()) {
    return ahead("stream \"" + query_.selector.name + '"', query_.from, head.version.value());
  }
  if (from == head.version.next()) {
    next_ = head.position.next();
    return ok();
  }
  ESKER_TRY(next_, place.find(from, head));
  return ok();
}

bool QueryWalk::selected(const format::RecordView& record) const {
  switch (query_.selector.kind) {
    case Selector::Kind::all:
      return true;
    case Selector::Kind::stream:
      return record.stream == query_.selector.name;
    case Selector::Kind::category:
      return category_of(record.stream) == query_.selector.name;
    case Selector::Kind::type:
      return record.type == query_.selector.name;
  }
  return false;
}

Result<std::optional<EventView>> QueryWalk::next() {
  if (context_.closed.load(std::memory_order_relaxed)) return closed_error();
  if (remaining_ == 0) return std::nullopt;
  return query_.selector.kind == Selector::Kind::all ? next_of_all() : next_by_term();
}

Result<std::optional<EventView>> QueryWalk::next_of_all() {
  if (next_ >= end_) return std::nullopt;
  ESKER_TRY(const format::RecordView record, records_.read(forwards() ? next_ : end_.previous()));
  if (forwards()) {
    next_ = next_.next();
  } else {
    end_ = end_.previous();
  }
  --remaining_;
  return std::optional(record.event());
}

Result<std::optional<RecordRun>> QueryWalk::next_run(std::size_t bytes_max) {
  if (query_.selector.kind == Selector::Kind::all && forwards()) return next_run_of_all(bytes_max);
  ESKER_TRY(const std::optional<EventView> event, next());
  if (!event) return std::nullopt;
  const RecordRun run = run_from(records_.segment(), event->position, 1, bytes_max);
  if (run.records > 0) return std::optional(run);
  // It could be read a moment ago; whatever has happened since, the segment tells it.
  ESKER_TRY(records_.segment()->read(event->position));
  return Error(Errc::io_error, "cannot read " + records_.segment()->name() + " steadily");
}

Result<std::optional<RecordRun>> QueryWalk::next_run_of_all(std::size_t bytes_max) {
  if (context_.closed.load(std::memory_order_relaxed)) return closed_error();
  if (remaining_ == 0 || next_ >= end_) return std::nullopt;
  // Tells of a record that cannot be read; those behind it are checked by the run.
  ESKER_TRY(records_.read(next_));
  const std::shared_ptr<log::Segment>& segment = records_.segment();
  const Position end = std::min(end_, segment->end());
  const RecordRun run =
      run_from(segment, next_, std::min(remaining_, end.value() - next_.value()), bytes_max);
  if (run.records == 0) {
    return Error(Errc::io_error, "cannot read " + segment->name() + " steadily");
  }
  next_ = next_.plus(run.records);
  remaining_ -= run.records;
  return std::optional(run);
}

Result<std::optional<EventView>> QueryWalk::next_by_term() {
  while (true) {
    if (batch_used_ == batch_.size()) {
      ESKER_TRY(const bool more, fetch());
      if (!more) return std::nullopt;
    }
    const Position position = batch_[batch_used_];
    ESKER_TRY(const format::RecordView record, records_.read(position));
    ++batch_used_;
    if (forwards()) {
      next_ = position.next();
    } else {
      end_ = position;
    }
    if (!selected(record)) continue;  // another value with the same term
    --remaining_;
    return std::optional(record.event());
  }
}

Result<bool> QueryWalk::fetch() {
  batch_.clear();
  batch_used_ = 0;
  if (next_ >= end_) return false;
  ESKER_TRY(context_.index.find(term_, query_.direction, next_, end_, batch_max_, batch_));
  if (batch_.empty()) {
    // Nothing is left there, so all of it has been looked at.
    if (forwards()) {
      next_ = end_;
    } else {
      end_ = next_;
    }
    return false;
  }
  batch_max_ = std::min(batch_max_ * 2, kBatchMax);
  return true;
}

}  // namespace esker::store
