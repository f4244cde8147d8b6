#include "crash/history.hpp"

#include <algorithm>
#include <string>

#include <xxhash.h>

#include "base/assert.hpp"

namespace esker::crash {
namespace {

using tests::ModelEvent;
using tests::OwnedAppend;

/// What makes two readings of an event the same. Of large data the beginning stands for the rest: each recovery compares all bytes of all
/// events once (`recovered`), and each reading checks the record's own checksum.
std::uint64_t hash_of(const EventView& event) {
  constexpr std::size_t kBeginning = 64;
  const std::uint64_t parts[] = {
      event.version.value(),
      event.time.value(),
      XXH3_64bits(event.stream.data(), event.stream.size()),
      XXH3_64bits(event.id.bytes().data(), event.id.bytes().size()),
      XXH3_64bits(event.type.data(), event.type.size()),
      event.data.size(),
      XXH3_64bits(event.data.data(), std::min(event.data.size(), kBeginning)),
      XXH3_64bits(event.metadata.data(), event.metadata.size()),
  };
  const std::uint64_t hash = XXH3_64bits(parts, sizeof(parts));
  return hash == 0 ? 1 : hash;
}

std::string describe(const Result<AppendResult>& answer) {
  if (!answer) {
    return std::string(errc_name(answer.assume_error().code())) + " (" +
           answer.assume_error().message() + ")";
  }
  const AppendResult& result = answer.assume_value();
  return std::string(result.outcome == AppendOutcome::written ? "written" : "already there") +
         " at " + std::to_string(result.position().value());
}

bool same(const Conflict& a, const Conflict& b) {
  return a.stream == b.stream && a.actual == b.actual && a.position == b.position &&
         a.event_type == b.event_type;
}

bool same(const AppendedStream& a, const AppendedStream& b) {
  return a.first_version == b.first_version && a.last_version == b.last_version &&
         a.first_position == b.first_position && a.last_position == b.last_position;
}

bool same(const Result<AppendResult>& a, const Result<AppendResult>& b) {
  if (a.has_value() != b.has_value()) return false;
  if (!a) {
    return a.assume_error().code() == b.assume_error().code() &&
           std::ranges::equal(a.assume_error().conflicts(), b.assume_error().conflicts(),
                              [](const auto& x, const auto& y) { return same(x, y); });
  }
  return a.assume_value().outcome == b.assume_value().outcome &&
         std::ranges::equal(a.assume_value().streams, b.assume_value().streams,
                            [](const auto& x, const auto& y) { return same(x, y); });
}

/// Answers that say why nothing was written and that no model can foresee.
bool is_refusal(Errc code) {
  switch (code) {
    case Errc::no_space:
    case Errc::busy:
    case Errc::closed:
    case Errc::io_error:
    case Errc::store_failed:
      return true;
    default:
      return false;
  }
}

}  // namespace

HistoryCounts& HistoryCounts::operator+=(const HistoryCounts& other) {
  acked += other.acked;
  unknown += other.unknown;
  conflicts += other.conflicts;
  conditions_failed += other.conditions_failed;
  duplicates += other.duplicates;
  partial_matches += other.partial_matches;
  refused += other.refused;
  unknown_kept += other.unknown_kept;
  unknown_lost += other.unknown_lost;
  events_checked += other.events_checked;
  return *this;
}

History::Ticket History::begin(std::vector<OwnedAppend> appends) {
  open_.push_back({std::move(appends), nullptr, false});
  return first_ + open_.size() - 1;
}

const std::vector<OwnedAppend>& History::appends_of(Ticket ticket) const {
  return open_[ticket - first_].appends;
}

void History::answer(Ticket ticket, Result<AppendResult> answer, Verdict& verdict) {
  ESKER_ASSERT_VALUES(ticket >= first_ && ticket - first_ < open_.size(), ticket, first_);
  open_[ticket - first_].answer = std::make_shared<const Result<AppendResult>>(std::move(answer));
  while (!open_.empty() && open_.front().answer && !open_.front().late) {
    Open front = std::move(open_.front());
    open_.pop_front();
    ++first_;
    settle(front, verdict);
  }
}

void History::settle(Open& open, Verdict& verdict) {
  const Result<AppendResult>& answer = *open.answer;
  const Errc code = answer ? Errc{} : answer.assume_error().code();
  if (refusals_ && code == Errc::outcome_unknown) {
    ++counts_.unknown;
    unknown_.push_back(std::move(open));
    return;
  }
  if (refusals_ && is_refusal(code)) {
    ++counts_.refused;
    return;
  }
  if (!unknown_.empty()) {
    verdict.violated("I15",
                     "an append behind one of unknown outcome was answered " + describe(answer));
    return;
  }
  const Result<AppendResult> expected = model_.append(open.appends);
  if (!same(answer, expected)) {
    verdict.violated(answer && expected ? "I6" : "I15",
                     "an append was answered " + describe(answer) + ", not " + describe(expected));
    return;
  }
  if (answer) {
    ++(answer.assume_value().outcome == AppendOutcome::written ? counts_.acked
                                                               : counts_.duplicates);
  } else {
    ++(code == Errc::wrong_version      ? counts_.conflicts
       : code == Errc::condition_failed ? counts_.conditions_failed
                                        : counts_.partial_matches);
  }
}

void History::saw(const EventView& event, Verdict& verdict) {
  const std::uint64_t position = event.position.value();
  if (seen_.size() <= position) seen_.resize(position + 1);
  const std::uint64_t hash = hash_of(event);
  if (seen_[position] != 0 && seen_[position] != hash) {
    verdict.violated("I1", "the event at position " + std::to_string(position) +
                               " is not what it was when it was read before");
  }
  seen_[position] = hash;
  ++counts_.events_checked;
}

void History::answer_late(Ticket ticket, Result<AppendResult> answer) {
  if (!answer) return;
  Open& open = open_[ticket - first_];
  open.answer = std::make_shared<const Result<AppendResult>>(std::move(answer));
  open.late = true;
}

History::Taken History::take_commit(const Open& open, const std::vector<ModelEvent>& events) {
  const Position before = model_.head();
  Taken taken{model_.append(open.appends)};
  taken.writes = model_.head() != before;
  if (!taken.writes) return taken;
  const auto& expected = model_.events();
  const auto from = static_cast<std::ptrdiff_t>(before.value());
  taken.there = events.size() >= expected.size() &&
                std::equal(expected.begin() + from, expected.end(), events.begin() + from);
  if (!taken.there) model_.cut(before);
  return taken;
}

void History::check_untold(const Open& open, const Taken& taken, bool hole, Verdict& verdict) {
  if (open.answer == nullptr) return;
  const Result<AppendResult>& answer = *open.answer;
  if (!answer && answer.assume_error().code() == Errc::outcome_unknown) return;
  if (hole && !refusals_ && !open.late) {
    verdict.violated("I7", "an append was answered " + describe(answer) +
                               " although what it rests on could still be lost");
  }
  if (answer && taken.writes && !taken.there) {
    verdict.violated("I1", "a commit that was answered " + describe(answer) + " is not there");
  } else if ((answer || !hole) && !same(answer, taken.expected)) {
    verdict.violated(
        "I15", "an append was answered " + describe(answer) + ", not " + describe(taken.expected));
  }
}

void History::recovered(const std::vector<ModelEvent>& events, Verdict& verdict) {
  const std::uint64_t certain = model_.head().value();
  if (events.size() < certain) {
    verdict.violated("I1", "after recovery the log ends at " + std::to_string(events.size()) +
                               ", but " + std::to_string(certain) + " had been answered");
    return;
  }
  const auto [wrong, there] =
      std::mismatch(model_.events().begin(), model_.events().end(), events.begin());
  if (wrong != model_.events().end()) {
    verdict.violated("I1", "after recovery another event is at position " +
                               std::to_string(wrong->position.value()));
    return;
  }
  unanswered_.clear();
  std::vector<Open> pending = std::move(unknown_);
  unknown_.clear();
  std::move(open_.begin(), open_.end(), std::back_inserter(pending));
  first_ += open_.size();
  open_.clear();
  bool hole = false;
  for (Open& open : pending) {
    if (open.answer && open.answer->has_error() && is_refusal(open.answer->assume_error().code())) {
      ++counts_.refused;
      continue;
    }
    const Position before = model_.head();
    const Taken taken = take_commit(open, events);
    check_untold(open, taken, hole, verdict);
    if (!taken.writes) continue;
    if (taken.there && hole && !refusals_) {
      verdict.violated("I4", "the commit at position " + std::to_string(before.next().value()) +
                                 " is there, and one before it is not");
    }
    hole = hole || !taken.there;
    ++counts_.unknown;
    ++(taken.there ? counts_.unknown_kept : counts_.unknown_lost);
    unanswered_.push_back(std::move(open.appends));
  }
  if (events.size() != model_.head().value()) {
    verdict.violated("I2", "position " + std::to_string(model_.head().value() + 1) +
                               " is part of no whole commit, or of one that was not written");
  }
  if (!seen_.empty() && seen_.size() - 1 > events.size()) {
    verdict.violated("I7", "position " + std::to_string(seen_.size() - 1) +
                               " had been shown, and the log ends at " +
                               std::to_string(events.size()));
  }
}

void History::closed(Verdict& verdict) {
  if (!open_.empty())
    verdict.violated("I3", "the store was closed before all appends were answered");
}

}  // namespace esker::crash
