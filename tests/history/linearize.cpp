#include "history/linearize.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace esker::history {
namespace {

using tests::ModelEvent;
using tests::ModelStore;

class Search {
 public:
  explicit Search(const History& history) : history_(history) { done_.resize(operations(), false); }

  bool from(const ModelStore& store) {
    if (std::ranges::count(done_, false) == 0) return true;
    if (!seen_.emplace(done_, content(store)).second) return false;  // tried, in vain
    const std::int64_t first_end = earliest_end();
    for (std::size_t i = 0; i < operations(); ++i) {
      // What began after another one had ended cannot come before it.
      if (done_[i] || begin_of(i) > first_end) continue;
      done_[i] = true;
      ModelStore next = store;
      if (take(i, next) && from(next)) return true;
      // An append that was not answered may never happen.
      if (is_unknown(i) && from(store)) return true;
      done_[i] = false;
    }
    return false;
  }

 private:
  [[nodiscard]] std::size_t operations() const {
    return history_.appends.size() + history_.reads.size();
  }
  [[nodiscard]] const Interval& time_of(std::size_t i) const {
    const std::size_t appends = history_.appends.size();
    return i < appends ? history_.appends[i].time : history_.reads[i - appends].time;
  }
  [[nodiscard]] std::int64_t begin_of(std::size_t i) const { return time_of(i).begin; }
  [[nodiscard]] bool is_unknown(std::size_t i) const {
    return i < history_.appends.size() && history_.appends[i].answer == Answer::unknown;
  }
  [[nodiscard]] std::int64_t earliest_end() const {
    std::int64_t end = Interval::kNever;
    for (std::size_t i = 0; i < operations(); ++i) {
      if (!done_[i] && !is_unknown(i)) end = std::min(end, time_of(i).end);
    }
    return end;
  }

  static std::vector<EventId> content(const ModelStore& store) {
    std::vector<EventId> ids;
    for (const ModelEvent& event : store.events()) ids.push_back(event.event.id);
    return ids;
  }

  /// Whether `store` gives the answer that was given.
  bool take(std::size_t i, ModelStore& store) const {
    if (i >= history_.appends.size())
      return take_read(history_.reads[i - history_.appends.size()], store);
    const Append& append = history_.appends[i];
    const Result<AppendResult> answer = store.append(append.streams);
    switch (append.answer) {
      case Answer::unknown:
        return true;
      case Answer::refused:
        return !answer && answer.assume_error().code() != Errc::wrong_version;
      case Answer::conflict:
        return !answer && same_conflicts(answer.assume_error().conflicts(), append.conflicts);
      case Answer::acknowledged:
        return answer && same_result(answer.assume_value(), append.result);
    }
    return false;
  }

  static bool same_conflicts(const std::vector<Conflict>& a, const std::vector<Conflict>& b) {
    return std::ranges::equal(a, b, [](const Conflict& one, const Conflict& other) {
      return one.stream == other.stream && one.actual == other.actual;
    });
  }

  /// By versions alone: a store may have more streams than the history, and positions then differ.
  static bool same_result(const AppendResult& a, const AppendResult& b) {
    return a.outcome == b.outcome &&
           std::ranges::equal(a.streams, b.streams,
                              [](const AppendedStream& one, const AppendedStream& other) {
                                return one.first_version == other.first_version &&
                                       one.last_version == other.last_version;
                              });
  }

  static bool take_read(const Read& read, const ModelStore& store) {
    const auto events = store.read(read.query);
    return events && std::ranges::equal(events.assume_value(), read.events,
                                        [](const ModelEvent& there, const Seen& seen) {
                                          return there.event.id == seen.id &&
                                                 there.version == seen.version;
                                        });
  }

  const History& history_;
  std::vector<bool> done_;
  std::set<std::pair<std::vector<bool>, std::vector<EventId>>> seen_;
};

}  // namespace

bool linearizable(const History& history) { return Search(history).from(tests::ModelStore()); }

}  // namespace esker::history
