#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "esker/event.hpp"
#include "esker/query.hpp"
#include "store/read_context.hpp"
#include "store/record_reader.hpp"
#include "store/record_run.hpp"

namespace esker::store {

/// Walks the visible events that a query selects: the one read path, for cursors and subscriptions.
///
/// All events: position by position over the mapped segments. Others: the index proposes positions in growing batches, and
/// the record decides whether it is one that was asked for. Threads: one at a time. Must not outlive what `context` refers to.
class QueryWalk {
 public:
  /// A walk over what is visible now. Errors: `invalid_argument`, `position_ahead`, and those of reading.
  static Result<std::unique_ptr<QueryWalk>> open(const ReadContext& context, const Query& query);

  /// The next event; nothing when there is none (any more, or yet). The views stay valid until the next call.
  /// Errors: those of reading, `closed`; the walk stays where it is.
  Result<std::optional<EventView>> next();

  /// Forwards only: what has become visible since is part of the walk too.
  void extend() { end_ = std::max(end_, context_.log.visible().next()); }

  /// Forwards only: every selected event up to here has been delivered.
  [[nodiscard]] Position looked_at() const { return next_.previous(); }
  /// True when as many events as the query allows have been delivered.
  [[nodiscard]] bool limit_reached() const { return remaining_ == 0; }

  /// The same as stored bytes, for the server: the records of the next events, as far as they stand in a row and fit into `bytes_max`; one,
  /// when it is longer. Nothing when there is none (any more, or yet). Errors: as `next`.
  Result<std::optional<RecordRun>> next_run(std::size_t bytes_max);

 private:
  QueryWalk(const ReadContext& context, const Query& query);

  Result<void> begin();
  Result<void> begin_in_stream();
  Result<std::optional<EventView>> next_of_all();
  Result<std::optional<RecordRun>> next_run_of_all(std::size_t bytes_max);
  Result<std::optional<EventView>> next_by_term();
  /// Fetches the next batch of postings; false when there are none in [next_, end_).
  Result<bool> fetch();
  [[nodiscard]] bool selected(const format::RecordView& record) const;
  [[nodiscard]] bool forwards() const { return query_.direction == Direction::forwards; }

  const ReadContext context_;
  const Query query_;
  RecordReader records_;
  std::uint64_t remaining_;

  // What is left to look at is [next_, end_): forwards `next_` moves up, backwards `end_` moves down.
  Position next_;
  Position end_;

  index::Term term_;
  std::vector<Position> batch_;
  std::size_t batch_used_ = 0;
  std::size_t batch_max_ = 0;
};

}  // namespace esker::store
