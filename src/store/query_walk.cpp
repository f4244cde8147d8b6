#include "store/query_walk.hpp"

#include <algorithm>

#include "store/query_range.hpp"
#include "store/validate.hpp"

namespace esker::store {
namespace {

/// So many look-ups and records without finding anything, some milliseconds at most, and the walk pauses.
constexpr std::uint64_t kLooksMax = 4096;

Error closed_error() { return {Errc::closed, "the store has been closed"}; }

/// What could be read a moment ago cannot any more.
Error unsteady(const log::Segment& segment) {
  return {Errc::io_error, "cannot read " + segment.name() + " steadily"};
}

/// Whether every event within the query's bounds is selected, so that records need not be asked.
bool selects_all(const Query& query) {
  return query.selector.kind == Selector::Kind::all && query.items.empty() &&
         !query.first_of_stream && query.since == Timestamp();
}

}  // namespace

QueryWalk::QueryWalk(const ReadContext& context, const Query& query)
    : context_(context),
      query_(query),
      all_(selects_all(query)),
      records_(context.log),
      walk_(context_.index, context_.hasher, view_of(query_), query.direction),
      retention_(context_),
      remaining_(query.limit) {}

template <class Work>
auto QueryWalk::timed(Work work) {
  if (!query_.explain) return work();
  const std::chrono::nanoseconds begin = context_.clock.monotonic();
  auto result = work();
  time_ += context_.clock.monotonic() - begin;
  return result;
}

Result<std::unique_ptr<QueryWalk>> QueryWalk::open(const ReadContext& context, const Query& query) {
  if (context.closed.load(std::memory_order_relaxed)) return closed_error();
  ESKER_TRY(check_query(query));
  std::unique_ptr<QueryWalk> walk(new QueryWalk(context, query));
  ESKER_TRY(const QueryPlace place, walk->timed([&] { return place_of(walk->context_, query); }));
  walk->range_ = place.range;
  walk->lead_ = place.lead;
  return walk;
}

Result<void> QueryWalk::follow() {
  const Position end = context_.log.visible().next();
  ESKER_TRY(end_, end_of(context_, query_, end));
  return ok();
}

Result<void> QueryWalk::extend() {
  const Position end = context_.log.visible().next();
  if (end <= range_.end) return ok();
  retention_.forget();
  // Also when one bound is known: another may turn out to be an earlier one.
  ESKER_TRY(end_, end_of(context_, query_, end));
  range_.end = std::max(range_.end, std::min(end, end_.value_or(end)));
  return ok();
}

Result<bool> QueryWalk::selected(const format::RecordView& record) {
  // A subscription may begin at a time that has not come yet.
  if (record.time < query_.since || !selects(view_of(query_), record)) return false;
  ESKER_TRY(const bool released, retention_.released(record, context_.log.visible().next()));
  return !released;
}

Explanation QueryWalk::explanation() const {
  Explanation explanation = context_.index.cost();
  explanation.records = context_.records_read + records_.reads() + retention_.reads();
  explanation.time = time_;
  return explanation;
}

Result<std::optional<EventView>> QueryWalk::next() {
  while (true) {
    ESKER_TRY(const Step step, timed([this] { return advance(); }));
    if (step == Step::event) return std::optional(record_.event());
    if (step == Step::none) return std::nullopt;
  }
}

Result<Proposal> QueryWalk::propose(std::uint64_t& budget) {
  if (!walk_.everything()) {
    auto proposal = walk_.next(range_, budget);
    const std::span<const Position> ahead = walk_.take_fetched();
    records_.will_read(ahead.first(std::min<std::uint64_t>(ahead.size(), remaining_)));
    return proposal;
  }
  const Position front = range_.front(query_.direction);
  if (budget == 0) return Proposal{Proposal::Kind::paused, front};
  --budget;
  return Proposal{Proposal::Kind::found, front};
}

Result<QueryWalk::Step> QueryWalk::advance() {
  if (context_.closed.load(std::memory_order_relaxed)) return closed_error();
  if (remaining_ == 0) return Step::none;
  if (lead_) {
    ESKER_TRY(record_, records_.read(*lead_));
    lead_.reset();
    if (!record_.released) {  // since a newer one came
      --remaining_;
      return Step::event;
    }
  }
  std::uint64_t budget = kLooksMax;
  while (!range_.empty()) {
    // Of most events it is known where they are, and that takes no more than this.
    std::optional<Position> position =
        all_ ? std::optional(range_.front(query_.direction)) : walk_.at_hand(range_);
    if (!position) {
      ESKER_TRY(const Proposal proposal, propose(budget));
      if (proposal.kind == Proposal::Kind::none) {
        // All of it has been looked at.
        range_ = query_.direction == Direction::forwards
                     ? PositionRange{range_.end, range_.end}
                     : PositionRange{range_.begin, range_.begin};
        break;
      }
      range_ = range_.from(query_.direction, proposal.position);
      if (proposal.kind == Proposal::Kind::paused) return Step::paused;
      position = proposal.position;
    }
    if (walk_.everything()) {
      ESKER_TRY(record_, records_.read_on(range_, query_.direction));
    } else {
      ESKER_TRY(record_, records_.read(*position));
    }
    // A gap is passed as a whole by who looks at all there is.
    range_ = walk_.everything()
                 ? range_.behind(query_.direction, PositionRange{record_.position, record_.end()})
                 : range_.behind(query_.direction, *position);
    ESKER_TRY(const bool selected, this->selected(record_));
    if (!selected) {
      if (budget == 0) return Step::paused;
      --budget;
      continue;
    }
    --remaining_;
    return Step::event;
  }
  return Step::none;
}

Result<std::optional<RecordRun>> QueryWalk::next_run(std::size_t bytes_max) {
  return timed([&] {
    const bool of_all = all_ && query_.direction == Direction::forwards;
    return of_all ? next_run_of_all(bytes_max) : next_run_of_index();
  });
}

Result<std::optional<RecordRun>> QueryWalk::next_run_of_index() {
  ESKER_TRY(const Step step, advance());
  if (step == Step::none) return std::nullopt;
  if (step == Step::paused) return std::optional(RecordRun());
  const std::shared_ptr<log::Segment>& segment = records_.segment();
  const FileOffset begin = segment->offset_of(record_.position);
  if (begin == FileOffset()) return unsteady(*segment);
  const std::span<const std::byte> bytes =
      segment->bytes(begin, begin.plus(record_.padded_bytes()));
  return std::optional(RecordRun{record_.position, 1, begin, bytes, &segment});
}

Result<std::optional<RecordRun>> QueryWalk::next_run_of_all(std::size_t bytes_max) {
  if (context_.closed.load(std::memory_order_relaxed)) return closed_error();
  if (remaining_ == 0) return std::nullopt;
  ESKER_TRY(const Step step, find_front());
  if (step == Step::none) return std::nullopt;
  if (step == Step::paused) return std::optional(RecordRun());
  const std::shared_ptr<log::Segment>& segment = records_.segment();
  const Position end = std::min(range_.end, segment->end());
  RecordRun run =
      run_from(segment, range_.begin, std::min(remaining_, end.value() - range_.begin.value()),
               bytes_max, query_.system ? SystemStreams::included : SystemStreams::excluded);
  if (run.records == 0) return unsteady(*segment);
  if (context_.retention.any() || query_.system) {
    ESKER_TRY(trim(run));
  }
  range_.begin = range_.begin.plus(run.records);
  context_.records_read += run.records - 1;  // the first one was read
  remaining_ -= run.records;
  return std::optional(run);
}

// Tells of a record that cannot be read; those behind it are checked by the run.
Result<QueryWalk::Step> QueryWalk::find_front() {
  for (std::uint64_t budget = kLooksMax; !range_.empty(); --budget) {
    if (budget == 0) return Step::paused;
    ESKER_TRY(const format::RecordView record, records_.read_on(range_, Direction::forwards));
    ESKER_TRY(const bool selected, this->selected(record));
    if (selected) return Step::event;
    range_.begin = record.end();
  }
  return Step::none;
}

Result<void> QueryWalk::trim(RecordRun& run) {
  for (std::uint64_t i = 1; i < run.records; ++i) {
    ESKER_TRY(const format::RecordView record, records_.read(run.first.plus(i)));
    ESKER_TRY(const bool selected, this->selected(record));
    if (selected) continue;
    const FileOffset end = (*run.segment)->offset_of(record.position);
    run.bytes = run.bytes.first(end.value() - run.offset.value());
    run.records = i;
  }
  return ok();
}

}  // namespace esker::store
