#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <unordered_map>

#include "esker/query.hpp"
#include "server/native/feed.hpp"
#include "server/shared.hpp"

namespace esker::server {

class Session;

/// The reads and subscriptions of one connection, which take turns at filling its outbox. Runs on the connection's loop, and lives as
/// long as its session.
class Feeds {
 public:
  Feeds(Session& session, Shared& shared) : session_(session), shared_(shared) {}
  ~Feeds() { clear(); }
  Feeds(const Feeds&) = delete;
  Feeds& operator=(const Feeds&) = delete;

  /// Begin one, or answer with an error: too many, or what the store says. Errors: `protocol`: the number is in use, so that no answer
  /// could be told from those of the other.
  Result<void> read(std::uint64_t request, std::uint32_t window_bytes, const Query& query);
  Result<void> subscribe(std::uint64_t request, std::uint32_t window_bytes, const Query& query);

  /// Nothing happens when there is none of that number: such requests may cross with the end.
  void add_credit(std::uint64_t request, std::uint32_t bytes);
  void cancel(std::uint64_t request);

  /// Fills `outbox` with events, as far as it may hold some.
  void fill(Outbox& outbox);
  /// True when one could fill more at once.
  [[nodiscard]] bool ready() const { return !ready_.empty(); }

  /// The subscription of this number and mark need not wait any more.
  void woken(std::uint64_t request, std::uint64_t mark);

  /// Tells of progress where it is time to.
  void tick(std::chrono::steady_clock::time_point now);

  /// Ends all with an error `closed`.
  void close();
  /// Drops all without a word.
  void clear();

 private:
  struct Entry {
    Feed feed;
    std::uint64_t mark;  // tells it from an earlier one of the same number
    bool ready = false;  // in `ready_`
    bool waiting = false;
    bool told_caught_up = false;  // and nothing was sent since
    Position told;                // the last progress
    std::chrono::steady_clock::time_point told_at;
  };

  /// Whether one more may be begun; otherwise the answer has been given.
  Result<bool> admit(std::uint64_t request);
  template <class Walk>
  void begin(std::uint64_t request, std::uint32_t window_bytes, const Query& query,
             Result<Walk> walk);
  void make_ready(Entry& entry);
  /// One turn of a feed.
  /// False: it has looked at much and found nothing, and the rest of the turn is for others.
  [[nodiscard]] bool step(Entry& entry, Outbox& outbox);
  void caught_up(Entry& entry);
  [[nodiscard]] bool progress_due(Entry& entry, std::chrono::steady_clock::time_point now) const;
  void tell_progress(Entry& entry, std::chrono::steady_clock::time_point now, bool caught_up);
  void erase(Entry& entry);

  Session& session_;
  Shared& shared_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Entry>> entries_;  // by request number
  std::deque<Entry*> ready_;
  std::uint64_t next_mark_ = 1;
};

}  // namespace esker::server
