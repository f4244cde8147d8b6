#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.hpp"
#include "esker/client.hpp"
#include "history/record.hpp"

namespace esker::support {

/// The clock of all that is recorded here.
std::int64_t time_now();

/// A client that appends without end, several appends at once, with every kind of expectation, to streams of its own and one that all
/// share.
///
/// Ends by itself at the first append of which it does not hear what became of it.
class Load {
 public:
  /// How long what a server does not answer any more is waited for.
  static constexpr std::chrono::milliseconds kPatience{1'500};

  /// `name` makes its streams' names; `seed` what it appends.
  Load(const std::string& address, std::string name, std::uint64_t seed,
       std::chrono::milliseconds patience = kPatience);
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;
  ~Load();

  /// Waits until `count` of its appends have been acknowledged, or it has ended.
  void wait_for_acknowledged(std::uint64_t count);

  /// Waits for the answers to all that it has sent, then makes no more. `close`: does not wait longer for the server.
  void finish(bool close);

  /// All that it did, in the order of its calls. After `finish`.
  [[nodiscard]] const std::deque<history::Append>& appends() const { return appends_; }

 private:
  void run();
  void append_once();
  history::Append make_append();
  Expected make_expected();

  static constexpr std::uint32_t kInFlightMax = 8;

  std::optional<Client> client_;
  const std::string name_;
  std::mt19937_64 random_;
  // A deque, since answers are put into its elements while others are added.
  std::deque<history::Append> appends_;
  base::Mutex mutex_;
  base::Condition changed_;
  std::uint32_t in_flight_ ESKER_GUARDED_BY(mutex_) = 0;
  std::uint64_t acknowledged_ ESKER_GUARDED_BY(mutex_) = 0;
  bool stopped_ ESKER_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

/// A client that reads now from here, now from there, until the server is gone or it has read so often.
class Reader {
 public:
  static constexpr int kReadsMax = 100;

  Reader(const std::string& address, std::string stream, std::uint64_t seed);
  /// Waits for its end.
  ~Reader();

  /// Waits for its end; what it was given.
  std::vector<history::Read> finish();

 private:
  void run();

  std::optional<Client> client_;
  const std::string stream_;
  std::mt19937_64 random_;
  std::vector<history::Read> reads_;
  std::thread thread_;
};

/// A client that subscribes behind the checkpoint of `subscriber` and adds to it what it is given, until it is told to stop.
class Follower {
 public:
  /// `subscriber` outlives this.
  Follower(const std::string& address, history::Subscriber& subscriber);
  /// Stops.
  ~Follower();

  /// Waits until it has looked at all up to `position`, or has ended.
  void wait_for(Position position);

 private:
  static constexpr std::uint64_t kEnded = std::numeric_limits<std::uint64_t>::max();
  void run();

  history::Subscriber& subscriber_;
  std::optional<Client> client_;
  std::optional<EventSubscription> subscription_;
  std::atomic<std::uint64_t> looked_at_ = 0;  // kEnded in the end
  std::thread thread_;
};

/// Sends an append and waits for the answer, which is put into it with its time.
void append_now(Client& client, history::Append& append);

/// Reads all of the log; adds that to the history's reads, and makes it the log. False: it could not be read.
bool read_log(const std::string& address, history::History& history);

}  // namespace esker::support
