#include "history/check.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <utility>

namespace esker::history {
namespace {

using tests::ModelEvent;

std::string at(Position position) { return " at position " + std::to_string(position.value()); }

/// Of an event of the log: the attempts to append it.
struct Origin {
  std::int64_t begun = Interval::kNever;         ///< The first one's begin.
  std::int64_t acknowledged = Interval::kNever;  ///< When somebody was first told that it is there.
  bool whole = false;                            ///< All of some attempt is there, in one piece.
};

class Check {
 public:
  explicit Check(const History& history) : history_(history) {}

  std::optional<std::string> run() {
    index_log();
    find_origins();
    for (const Append& append : history_.appends) check_append(append);
    check_origins();
    check_real_time();
    for (const Read& read : history_.reads) check_read(read);
    for (const Subscriber& subscriber : history_.subscribers) check_subscriber(subscriber);
    return wrong_;
  }

 private:
  void wrong(std::string what) {
    if (!wrong_) wrong_ = std::move(what);
  }
  [[nodiscard]] const ModelEvent& event(Position position) const {
    return history_.log[position.value() - 1];
  }

  void index_log() {
    Position position;
    for (const ModelEvent& event : history_.log) {
      position = position.next();
      if (event.position != position) wrong("a gap in the log" + at(position));
      std::vector<Position>& stream = streams_[event.stream];
      stream.push_back(position);
      if (event.version.value() != stream.size()) {
        wrong("a gap in the versions of " + event.stream + at(position));
      }
      if (!places_[event.stream].emplace(event.event.id, position).second) {
        wrong("an event is there twice" + at(position));
      }
    }
    origins_.resize(history_.log.size());
  }

  /// Where an event is; 0: nowhere.
  [[nodiscard]] Position find(const std::string& stream, const EventId& id) const {
    const auto ids = places_.find(stream);
    if (ids == places_.end()) return {};
    const auto place = ids->second.find(id);
    return place == ids->second.end() ? Position() : place->second;
  }

  void find_origins() {
    for (const Append& append : history_.appends) {
      // What was refused did not write it, but may name the ids of an attempt that did.
      if (append.answer == Answer::conflict || append.answer == Answer::refused) continue;
      std::vector<Position> positions;
      bool whole = true;
      for (const tests::OwnedAppend& stream : append.streams) {
        for (const tests::OwnedEvent& event : stream.events) {
          const Position position = find(stream.stream, event.id);
          if (position == Position()) {
            whole = false;
            continue;
          }
          whole = whole && (positions.empty() || position == positions.back().next());
          positions.push_back(position);
        }
      }
      for (const Position position : positions) {
        Origin& origin = origins_[position.value() - 1];
        origin.begun = std::min(origin.begun, append.time.begin);
        origin.whole = origin.whole || whole;
        if (append.answer == Answer::acknowledged) {
          origin.acknowledged = std::min(origin.acknowledged, append.time.end);
        }
      }
    }
  }

  // (a)
  void check_append(const Append& append) {
    switch (append.answer) {
      case Answer::acknowledged:
        return check_result(append);
      case Answer::conflict:
        return check_conflicts(append);
      case Answer::refused:
      case Answer::unknown:
        return;  // whether it is there, and wholly, `check_origins` sees
    }
  }

  void check_result(const Append& append) {
    if (append.result.streams.size() != append.streams.size()) {
      return wrong("an answer is for other streams" + at(append.result.position()));
    }
    const bool written = append.result.outcome == AppendOutcome::written;
    Position next = append.result.streams.front().first_position;
    for (std::size_t i = 0; i < append.streams.size(); ++i) {
      const tests::OwnedAppend& stream = append.streams[i];
      const AppendedStream& told = append.result.streams[i];
      if (written && told.first_position != next) wrong("a commit is not in one piece" + at(next));
      Position position = told.first_position;
      Version version = told.first_version;
      for (const tests::OwnedEvent& appended : stream.events) {
        const Position found = find(stream.stream, appended.id);
        if (found == Position()) return wrong("an acknowledged append is not there" + at(position));
        if (written && (found != position || event(found).version != version)) {
          return wrong("an event is not where its answer said" + at(position));
        }
        position = position.next();
        version = version.next();
      }
      next = position;
      if (find(stream.stream, stream.events.front().id) != told.first_position ||
          find(stream.stream, stream.events.back().id) != told.last_position) {
        return wrong("an answer names other places" + at(told.first_position));
      }
      if (written && !holds(stream.expected, told.first_version.previous())) {
        return wrong("an append went through against what it expected" + at(told.first_position));
      }
    }
  }

  static bool holds(const Expected& expected, Version actual) {
    switch (expected.kind) {
      case Expected::Kind::any:
        return true;
      case Expected::Kind::no_stream:
        return actual == Version();
      case Expected::Kind::stream_exists:
        return actual != Version();
      case Expected::Kind::version:
        return actual == expected.version;
    }
    return false;
  }

  // (d)
  void check_conflicts(const Append& append) {
    if (append.conflicts.empty()) return wrong("a conflict names no stream");
    for (const Conflict& conflict : append.conflicts) {
      const auto appended = std::find_if(
          append.streams.begin(), append.streams.end(),
          [&conflict](const tests::OwnedAppend& one) { return one.stream == conflict.stream; });
      if (appended == append.streams.end()) return wrong("a conflict is of another stream");
      if (holds(appended->expected, conflict.actual)) return wrong("a conflict is none");
      const auto stream = streams_.find(conflict.stream);
      const std::uint64_t versions = stream == streams_.end() ? 0 : stream->second.size();
      const std::uint64_t actual = conflict.actual.value();
      if (actual > versions) return wrong(conflict.stream + " never had the version of a conflict");
      if (actual > 0 && origin(stream->second[actual - 1]).begun > append.time.end) {
        return wrong(conflict.stream + " did not yet have the version of a conflict");
      }
      if (actual < versions && origin(stream->second[actual]).acknowledged < append.time.begin) {
        return wrong(conflict.stream + " no longer had the version of a conflict");
      }
    }
  }

  [[nodiscard]] const Origin& origin(Position position) const {
    return origins_[position.value() - 1];
  }

  // (e)
  void check_origins() {
    for (std::size_t i = 0; i < origins_.size(); ++i) {
      if (origins_[i].begun == Interval::kNever) {
        return wrong("an event is there that nobody appended, or that was refused" +
                     at(Position(i + 1)));
      }
      if (!origins_[i].whole) return wrong("a commit is there in part" + at(Position(i + 1)));
    }
  }

  // (b): going backwards, nothing was acknowledged before anything in front of it was begun.
  void check_real_time() {
    std::int64_t acknowledged = Interval::kNever;
    for (std::size_t i = origins_.size(); i-- > 0;) {
      if (acknowledged < origins_[i].begun) {
        return wrong("an append comes before one that was answered before it was begun" +
                     at(Position(i + 1)));
      }
      acknowledged = std::min(acknowledged, origins_[i].acknowledged);
    }
  }

  /// What a filter selects.
  struct Matching {
    std::vector<Position> positions;  // ascending
    std::vector<std::int64_t>
        acknowledged;  // the earliest of all from there on; one more than positions
  };

  Matching& matching_of(const Filter& filter) {
    const auto known = std::ranges::find(matching_, filter, &std::pair<Filter, Matching>::first);
    if (known != matching_.end()) return known->second;
    return matching_.emplace_back(filter, Matching()).second;
  }

  const Matching& matching(const Filter& filter) {
    Matching& matching = matching_of(filter);
    if (!matching.acknowledged.empty()) return matching;
    for (const ModelEvent& one : history_.log) {
      if (tests::selects(filter, one)) matching.positions.push_back(one.position);
    }
    matching.acknowledged.assign(matching.positions.size() + 1, Interval::kNever);
    for (std::size_t i = matching.positions.size(); i-- > 0;) {
      matching.acknowledged[i] =
          std::min(matching.acknowledged[i + 1], origin(matching.positions[i]).acknowledged);
    }
    return matching;
  }

  [[nodiscard]] bool same(const Seen& seen) const {
    if (seen.position == Position() || seen.position.value() > history_.log.size()) return false;
    const ModelEvent& there = event(seen.position);
    return there.version == seen.version && there.event.id == seen.id;
  }

  // (c)
  void check_read(const Read& read) {
    for (const Seen& seen : read.events) {
      if (!same(seen)) return wrong("a read shows what is not in the log" + at(seen.position));
      if (origin(seen.position).begun > read.time.end) {
        return wrong("a read shows what was begun after it" + at(seen.position));
      }
    }
    if (read.events.size() > read.query.limit) {
      return wrong("a read shows more than it was asked for" + at(read.events.back().position));
    }
    if (read.query.limit == 0) return;
    const Matching& all = matching(tests::filter_of(read.query));
    // Where in it the read begins: before the first event that it may show forwards, behind it backwards.
    const bool forwards = read.query.direction == Direction::forwards;
    const bool by_version = read.query.selector.kind == Selector::Kind::stream;
    const auto begin = std::ranges::partition_point(all.positions, [&](Position position) {
      const std::uint64_t number = by_version ? event(position).version.value() : position.value();
      return forwards ? number < read.query.from : number <= read.query.from;
    });
    const auto index = static_cast<std::size_t>(begin - all.positions.begin());
    forwards ? check_forwards(read, all, index) : check_backwards(read, all, index);
  }

  void check_forwards(const Read& read, const Matching& all, std::size_t begin) {
    for (const Seen& seen : read.events) {
      if (begin == all.positions.size() || seen.position != all.positions[begin]) {
        return wrong("a read leaves events out" + at(seen.position));
      }
      ++begin;
    }
    if (read.events.size() < read.query.limit && all.acknowledged[begin] < read.time.begin) {
      wrong("a read lacks what was acknowledged" + at(all.positions[begin]));
    }
  }

  void check_backwards(const Read& read, const Matching& all, std::size_t end) {
    // The end that it began at lies behind the first event that it shows.
    const Position first = read.events.empty() ? Position() : read.events.front().position;
    while (end > 0 && all.positions[end - 1] > first) {
      --end;
      if (origin(all.positions[end]).acknowledged < read.time.begin) {
        return wrong("a read lacks what was acknowledged" + at(all.positions[end]));
      }
    }
    for (const Seen& seen : read.events) {
      if (end == 0 || seen.position != all.positions[end - 1]) {
        return wrong("a read leaves events out" + at(seen.position));
      }
      --end;
    }
    if (read.events.size() < read.query.limit && end > 0) {
      wrong("a read lacks what was acknowledged" + at(all.positions[end - 1]));
    }
  }

  // (f)
  void check_subscriber(const Subscriber& subscriber) {
    const std::vector<Position>& expected = matching(subscriber.filter).positions;
    for (std::size_t i = 0; i < subscriber.events.size(); ++i) {
      const Seen& seen = subscriber.events[i];
      if (!same(seen))
        return wrong("a subscriber was given what is not in the log" + at(seen.position));
      if (i >= expected.size() || seen.position != expected[i]) {
        return wrong("a subscriber was given events out of order, twice, or not all" +
                     at(seen.position));
      }
      if (origin(seen.position).begun > seen.time) {
        return wrong("a subscriber was given an event before it was begun" + at(seen.position));
      }
    }
    if (subscriber.events.size() == expected.size()) return;
    const Position missing = expected[subscriber.events.size()];
    if (missing <= subscriber.looked_at)
      wrong("a checkpoint lies beyond an event not given" + at(missing));
    if (subscriber.complete) wrong("a subscriber was not given an event" + at(missing));
  }

  const History& history_;
  std::optional<std::string> wrong_;
  std::map<std::string, std::vector<Position>> streams_;  // by version
  std::map<std::string, std::map<EventId, Position>> places_;
  std::vector<Origin> origins_;                       // by position
  std::deque<std::pair<Filter, Matching>> matching_;  // few; they stay where they are
};

}  // namespace

std::optional<std::string> check(const History& history) { return Check(history).run(); }

}  // namespace esker::history
