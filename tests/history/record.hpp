#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "esker/append.hpp"
#include "esker/error.hpp"
#include "esker/query.hpp"
#include "support/commits.hpp"
#include "support/model_store.hpp"

namespace esker::history {

/// When an operation was begun and when its answer was there, in nanoseconds on one monotonic clock.
struct Interval {
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
  std::int64_t begin = 0;
  std::int64_t end = kNever;
};

/// What a client was told of an append.
enum class Answer : std::uint8_t {
  acknowledged,  ///< `Append::result` says where the events are.
  conflict,      ///< `wrong_version`; `Append::conflicts` says what is there.
  refused,       ///< Any other error that means "not written".
  unknown,       ///< No answer, or `outcome_unknown`.
};

/// One attempt at an append. An append that is tried again is another attempt with the same ids.
struct Append {
  Interval time;
  std::vector<tests::OwnedAppend> streams;  ///< Data and metadata may be left out.
  Answer answer = Answer::unknown;
  AppendResult result{};
  std::vector<Conflict> conflicts{};
};

/// An event as a reader or subscriber was given it.
struct Seen {
  Position position;
  Version version;
  EventId id;
  std::int64_t time = 0;  ///< When it was given; only a subscriber's.
};

/// A read that ended without an error.
struct Read {
  Interval time;
  Query query;
  std::vector<Seen> events;
};

/// All that one subscriber was given, over all its resumptions.
struct Subscriber {
  Filter filter;
  std::vector<Seen> events;
  Position looked_at;     ///< Its last checkpoint.
  bool complete = false;  ///< It had come to the end of the log when all was over.
};

/// All that clients did and were told, in no particular order, and what the log holds in the end.
struct History {
  std::vector<Append> appends;
  std::vector<Read> reads;
  std::vector<Subscriber> subscribers;
  std::vector<tests::ModelEvent> log;
};

}  // namespace esker::history
