#pragma once

#include <optional>
#include <span>
#include <vector>

#include "esker/append.hpp"
#include "index/term.hpp"
#include "store/condition_check.hpp"
#include "store/decide.hpp"
#include "store/in_flight.hpp"
#include "store/index_reader.hpp"
#include "store/record_reader.hpp"
#include "store/retention.hpp"
#include "store/stream_heads.hpp"

namespace esker::store {

/// Finds out what a command meets: each stream's head and which of its event ids are there, over the whole history and in flight.
///
/// The index only proposes; the record decides, so that two values with the same hash are never mixed up. Threads: the builder's.
class StreamLookup {
 public:
  StreamLookup(const log::Log& log, const IndexReader& index, const index::TermHasher& hasher,
               const InFlight& in_flight, const RetentionUse& retention,
               std::uint64_t heads_bytes_max)
      : index_(index),
        hasher_(hasher),
        in_flight_(in_flight),
        retention_(retention),
        records_(log),
        heads_(heads_bytes_max) {}

  /// The state of each of `streams` among the events before `end`; also puts into `id_terms` the term of each event id, in order.
  /// Errors: those of reading the index and the log.
  Result<std::vector<StreamState>> look_up(std::span<const StreamAppend> streams, Position end,
                                           std::vector<index::Term>& id_terms);

  /// As `look_at_condition`. `looked_at` only matters when the look is not complete. Errors: those of reading.
  Result<ConditionLook> look(const Condition& condition, const PositionRange& range,
                             std::uint64_t budget);

  /// The stream's head has moved on: its events have been assigned their numbers.
  void advance(std::string_view stream, const index::Term& term, const StreamHead& head) {
    heads_.set(stream, term.low, head);
  }

  [[nodiscard]] const StreamHeads& heads() const { return heads_; }

  /// What all look-ups have cost, but for the time.
  [[nodiscard]] Explanation cost() const {
    Explanation cost = index_.cost();
    cost.records = reads_;
    return cost;
  }

  /// The record at `position`, visible or in flight; the view is valid until the next call.
  Result<format::RecordView> read(Position position);

 private:
  Result<bool> may_fail(const Condition& condition, const PositionRange& range);

  Result<StreamHead> head(std::string_view stream, Position end);
  Result<std::optional<format::RecordView>> newest(std::string_view stream, const index::Term& term,
                                                   Position end);
  Result<bool> deleted(std::string_view stream, const StreamHead& head, Position end);
  Result<std::optional<StreamHead>> find_id(std::string_view stream, const EventId& id,
                                            const index::Term& term, Position end);
  Result<void> look_up_ids(const StreamAppend& stream, Position end,
                           std::span<const index::Term> id_terms, StreamState& state);

  const IndexReader index_;
  const index::TermHasher& hasher_;
  const InFlight& in_flight_;
  const RetentionUse& retention_;
  RecordReader records_;
  std::uint64_t reads_ = 0;
  StreamHeads heads_;
  // Kept for their memory.
  std::vector<Position> found_;
  std::vector<std::uint32_t> candidates_;
};

}  // namespace esker::store
