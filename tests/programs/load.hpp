#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.hpp"
#include "esker/client.hpp"

namespace esker::support {

/// One append that a client made, and what it heard of it.
struct Attempt {
  struct Part {
    std::string stream;
    std::vector<EventId> ids;
  };

  std::vector<Part> parts;
  std::optional<AppendResult> result;  ///< Acknowledged, with these numbers.
  std::optional<Errc> error;           ///< Refused, or not known.
};

/// A client that appends without end, several appends at once, to streams of its own and one that all share.
///
/// Ends by itself at the first append that is not acknowledged.
class Load {
 public:
  /// `name` makes its streams' names; `seed` what it appends.
  Load(const std::string& address, std::string name, std::uint64_t seed);
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;
  ~Load();

  /// Waits until `count` of its appends have been acknowledged, or one was not.
  void wait_for_acknowledged(std::uint64_t count);

  /// Waits for the answers to all that it has sent, then makes no more. `close`: does not wait longer for the server.
  void finish(bool close);

  /// All that it did, in the order of its calls. After `finish`.
  [[nodiscard]] const std::deque<Attempt>& attempts() const { return attempts_; }

 private:
  void run();
  void append_once();
  Attempt make_attempt();

  static constexpr std::uint32_t kInFlightMax = 8;

  std::optional<Client> client_;
  const std::string name_;
  std::mt19937_64 random_;
  std::deque<Attempt>
      attempts_;  // a deque, since answers are put into its elements while others are added
  base::Mutex mutex_;
  base::Condition changed_;
  std::uint32_t in_flight_ ESKER_GUARDED_BY(mutex_) = 0;
  std::uint64_t acknowledged_ ESKER_GUARDED_BY(mutex_) = 0;
  bool stopped_ ESKER_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

/// What is in a store, by event id.
struct Contents {
  struct Event {
    Position position;
    Version version;
    std::string stream;
  };

  /// Reads everything; checks that positions and each stream's versions have no gaps and that no id is there twice.
  static Contents read(const std::string& address);

  [[nodiscard]] const Event* find(const EventId& id) const;

  std::map<EventId, Event> events;
};

/// Checks that an acknowledged attempt's events are at the positions and versions that the answer named. Nothing for other attempts.
void check_acknowledged(const Contents& contents, const Attempt& attempt);

/// Checks that what was acknowledged is there once, as acknowledged, that every other append is there wholly or not at all, and that
/// what is there of `attempts` is in their order. Returns how many are there without having been acknowledged.
std::uint64_t check_attempts(const Contents& contents, const std::deque<Attempt>& attempts);

}  // namespace esker::support
