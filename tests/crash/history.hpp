#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "crash/verdict.hpp"
#include "esker/append.hpp"
#include "esker/event.hpp"
#include "esker/result.hpp"
#include "support/model_store.hpp"

namespace esker::crash {

/// How often what the campaign is about has happened.
struct HistoryCounts {
  std::uint64_t acked = 0;
  std::uint64_t unknown = 0;  ///< Answered so, or not answered before a crash.
  std::uint64_t conflicts = 0;
  std::uint64_t conditions_failed = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t partial_matches = 0;
  std::uint64_t refused = 0;  ///< "Not written", for want of space or because the store has failed.
  std::uint64_t unknown_kept = 0;  ///< Unknown ones that were there after a crash,
  std::uint64_t unknown_lost = 0;  ///< and that were not.
  std::uint64_t events_checked = 0;

  HistoryCounts& operator+=(const HistoryCounts& other);
};

/// What clients of a store have been told and shown, and what therefore must be there after a crash. A value: copies go on apart.
///
/// Appends are decided in the order in which they are begun; so their answers are checked in that order against the model, and what a crash
/// leaves must be the model's events, and then whole commits of those that were not answered, without a hole.
class History {
 public:
  using Ticket = std::size_t;

  /// `refusals`: an append may be refused for a reason that the model does not know (faults are being injected).
  explicit History(bool refusals = false) : refusals_(refusals) {}

  /// The append is about to be given to the store.
  Ticket begin(std::vector<tests::OwnedAppend> appends);
  [[nodiscard]] const std::vector<tests::OwnedAppend>& appends_of(Ticket ticket) const;
  /// Checks the answer as soon as all earlier ones are there (I1, I5, I6, I8, I15).
  void answer(Ticket ticket, Result<AppendResult> answer, Verdict& verdict);
  /// The same when the machine has stopped already, so that errors mean nothing; what is told to be there must still be there.
  void answer_late(Ticket ticket, Result<AppendResult> answer);
  /// Some client was shown this event: so it must be there for ever, and look the same to all (I1, I7, I13).
  void saw(const EventView& event, Verdict& verdict);

  /// The store has been opened again after a crash and holds `events`: checks that they are what may be there (I1–I7), and takes them
  /// for what is there from now on. What was under way is over; `unanswered` tells it.
  void recovered(const std::vector<tests::ModelEvent>& events, Verdict& verdict);
  /// The store was closed in order: nothing is unanswered.
  void closed(Verdict& verdict);

  /// What is there for certain: all that has been answered, in order.
  [[nodiscard]] const tests::ModelStore& model() const { return model_; }
  [[nodiscard]] std::size_t in_flight() const { return open_.size(); }
  /// The appends whose outcome nobody was told when the store crashed last.
  [[nodiscard]] const std::vector<std::vector<tests::OwnedAppend>>& unanswered() const {
    return unanswered_;
  }
  [[nodiscard]] const HistoryCounts& counts() const { return counts_; }
  void forget_counts() { counts_ = {}; }

  /// From now on appends may be refused, or not.
  void allow_refusals(bool allowed) { refusals_ = allowed; }

 private:
  struct Open {
    std::vector<tests::OwnedAppend> appends;
    std::shared_ptr<const Result<AppendResult>> answer;  // null: none yet
    bool late = false;
  };

  void settle(Open& open, Verdict& verdict);
  /// What should become of an append, and whether it did.
  struct Taken {
    Result<AppendResult> expected;
    bool writes = false;  ///< It is one that writes events.
    bool there = false;   ///< They are there, and in the model from now on.
  };
  /// Looks whether `events` goes on behind the model's with the events of this commit.
  Taken take_commit(const Open& open, const std::vector<tests::ModelEvent>& events);
  /// Checks an answer that was given and could not be checked before the crash, since one before it was not given.
  void check_untold(const Open& open, const Taken& taken, bool hole, Verdict& verdict);

  bool refusals_;
  tests::ModelStore model_;
  Ticket first_ = 0;  // of `open_`
  std::deque<Open> open_;
  std::vector<Open> unknown_;  // answered `outcome_unknown`, in order; before all in `open_`
  std::vector<std::vector<tests::OwnedAppend>> unanswered_;
  std::vector<std::uint64_t> seen_;  // by position: the event's hash; 0: not seen
  HistoryCounts counts_;
};

}  // namespace esker::crash
