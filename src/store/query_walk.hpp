#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "esker/event.hpp"
#include "esker/query.hpp"
#include "store/filter_walk.hpp"
#include "store/read_context.hpp"
#include "store/record_reader.hpp"
#include "store/record_run.hpp"
#include "store/retention.hpp"

namespace esker::store {

/// Walks the visible events that a query selects: the one read path, for cursors and subscriptions.
///
/// All events: position by position over the mapped segments. Others: the index proposes positions, and the record decides whether it
/// is one that was asked for. Threads: one at a time. Must not outlive what `context` refers to.
class QueryWalk {
 public:
  /// A walk over what is visible now. Errors: `invalid_argument`, `position_ahead`, and those of reading.
  static Result<std::unique_ptr<QueryWalk>> open(const ReadContext& context, const Query& query);

  /// The next event; nothing when there is none (any more, or yet). The views stay valid until the next call.
  /// Errors: those of reading, `closed`; the walk stays where it is.
  Result<std::optional<EventView>> next();

  /// What the walk has cost up to now; the time when the query asks for an explanation.
  [[nodiscard]] Explanation explanation() const;

  /// Forwards only, at the beginning: the walk will be extended, as far as the query's upper bounds allow. Errors: those of reading.
  Result<void> follow();
  /// What has become visible since is part of a walk that follows, too. Errors: those of reading; the walk stays where it is.
  Result<void> extend();

  /// Forwards only: every selected event up to here has been delivered.
  [[nodiscard]] Position looked_at() const { return range_.begin.previous(); }
  /// True when all events that the query's limit allows have been delivered, or, of a walk that follows, those that its bounds allow.
  [[nodiscard]] bool finished() const { return remaining_ == 0 || (end_ && range_.begin >= *end_); }

  /// The same as stored bytes, for the server: the records of the next events, as far as they stand in a row and fit into `bytes_max`; one,
  /// when it is longer. Nothing when there is none (any more, or yet). A run without records: much has been looked at and nothing found
  /// yet, somebody else should have a turn. Errors: as `next`.
  Result<std::optional<RecordRun>> next_run(std::size_t bytes_max);

 private:
  enum class Step : std::uint8_t {
    event,   ///< It is in `record_`.
    none,    ///< There is none.
    paused,  ///< Not yet, and there is more to look at.
  };

  QueryWalk(const ReadContext& context, const Query& query);

  /// `work`, its time counted if that is wanted.
  template <class Work>
  auto timed(Work work);
  Result<Step> advance();
  Result<Proposal> propose(std::uint64_t& budget);
  Result<std::optional<RecordRun>> next_run_of_index();
  Result<std::optional<RecordRun>> next_run_of_all(std::size_t bytes_max);
  Result<bool> selected(const format::RecordView& record);
  /// Moves the range's beginning on to a selected event.
  Result<Step> find_front();
  /// Cuts off what follows the first of its events that is not selected.
  Result<void> trim(RecordRun& run);

  const ReadContext context_;
  const Query query_;
  const bool
      all_;  // every event of the range is selected, but for hidden ones: released, or of the store's own streams
  RecordReader records_;
  FilterWalk walk_;
  Retention retention_;
  std::uint64_t remaining_;
  PositionRange range_;           // what is left to look at
  std::optional<Position> lead_;  // a snapshot to be delivered before that
  std::optional<Position> end_;   // where a walk that follows ends, as far as that is known
  format::RecordView record_;
  std::chrono::nanoseconds time_{0};
};

}  // namespace esker::store
