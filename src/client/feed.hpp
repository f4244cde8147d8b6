#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>

#include "base/mutex.hpp"
#include "client/event_frame.hpp"
#include "esker/client.hpp"
#include "format/message.hpp"

namespace esker::client {

/// A read or subscription between the connection, which fills it, and its user, who takes events from it.
///
/// ```
///   engine's executor                    user's thread
///   received, progress ──▶ [items] ──▶ current frame ──▶ take ──▶ event
///   ended, failed      ──▶ the end, told when the items are used up
///   take_credit        ◀── bytes used up
/// ```
/// When a connection breaks the items stay, and `request` asks the next one for what follows the last event received. Functions are for the
/// engine's executor or for the user, as said; the user is one thread at a time. Kept alive by its user and, until it ends, by the engine.
class Feed : public std::enable_shared_from_this<Feed> {
 public:
  using Event = std::optional<EventView>;

  enum class Kind : std::uint8_t { read, subscription };

  /// `number` is its request's, the same over all connections.
  Feed(std::shared_ptr<Engine> engine, std::uint64_t number, Kind kind, Query query,
       std::uint32_t window_bytes);

  [[nodiscard]] std::uint64_t number() const { return number_; }
  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] const Engine& engine() const { return *engine_; }

  // --- for the user ---

  /// The next event, or the end (nothing for a read; `closed` for a subscription), or an error; or, as no answer at all, that it must be
  /// waited for. Views stay valid until the next call.
  std::optional<Result<Event>> take();

  /// `take`, waiting for it; no answer when `timeout` passed. Without a timeout it always answers.
  std::optional<Result<Event>> take_within(std::optional<std::chrono::nanoseconds> timeout);

  /// `take` for a handler, which is called once and not inside this call.
  void async_take(Handler<Event> handler);

  /// True when `take` would answer.
  [[nodiscard]] bool ready() const;

  /// Ends it with `closed`, now, and tells the engine. Any thread.
  void cancel();

  [[nodiscard]] std::optional<Explanation> explanation() const;
  [[nodiscard]] Position looked_at() const;
  [[nodiscard]] bool caught_up() const;
  [[nodiscard]] Incarnation incarnation() const;

  // --- for the engine, on its executor ---

  struct Request {
    Query query;
    std::uint32_t window_bytes = 0;
  };

  /// What to ask a new connection for, which speaks for `store` and `incarnation`; nothing when that is not needed any more:
  /// all has been received, or it has failed.
  std::optional<Request> request(const Uuid& store, Incarnation incarnation);

  /// The connection is gone, and with it what was asked for.
  void broken();

  /// Errors: `protocol`: more than was asked for.
  Result<void> received(std::shared_ptr<const EventFrame> frame);
  void progress(const format::Progress& progress);
  Result<void> ended(const format::End& end);
  /// The first call counts; what was received before is still handed out.
  void failed(Error error);
  /// The client is closed: as `cancel`, without the engine.
  void close();

  /// Bytes that have been used up and may be sent again; 0 while it is not worth a message.
  std::uint32_t take_credit();

  /// True while the server may send events.
  [[nodiscard]] bool has_room() const;

  [[nodiscard]] bool cancelled() const { return cancelled_.load(std::memory_order_acquire); }
  /// True when nothing more is expected of the server.
  [[nodiscard]] bool over() const;

  /// Has who waits look again.
  void wake();

 private:
  struct Item {
    std::shared_ptr<const EventFrame> frame;  ///< Nothing: a progress mark.
    format::Progress progress;
  };

  enum class State : std::uint8_t { open, complete, failed };

  void serve();
  Result<Event> take_record();
  Result<void> check_order(const format::RecordView& record);
  bool next_frame() ESKER_REQUIRES(mutex_);
  void retire_frame() ESKER_REQUIRES(mutex_);
  void absorb_progress() const ESKER_REQUIRES(mutex_);
  [[nodiscard]] bool would_wait() const ESKER_REQUIRES(mutex_);
  [[nodiscard]] Result<Event> final_answer() const ESKER_REQUIRES(mutex_);
  void fail(Error error) ESKER_REQUIRES(mutex_);
  [[nodiscard]] std::uint64_t key_of(const format::RecordView& record) const;
  [[nodiscard]] Result<std::uint64_t> next_from() const ESKER_REQUIRES(mutex_);

  const std::shared_ptr<Engine> engine_;
  const std::uint64_t number_;
  const Kind kind_;
  const Query query_;
  const std::uint32_t window_bytes_;
  std::atomic<bool> cancelled_{false};

  // The user's: where it is in the current frame.
  std::shared_ptr<const EventFrame> current_;
  RecordWalk walk_;
  std::uint64_t last_key_ =
      0;  // of the last event handed out: its version or position as in `Query::from`; 0: none
  Position last_position_;

  mutable base::Mutex mutex_;
  base::Condition changed_;
  mutable std::deque<Item> items_ ESKER_GUARDED_BY(mutex_);
  State state_ ESKER_GUARDED_BY(mutex_) = State::open;
  std::optional<Error> failure_ ESKER_GUARDED_BY(mutex_);
  std::optional<Explanation> explanation_ ESKER_GUARDED_BY(mutex_);

  // What has been received. `newest_` holds the last event until it has been handed out; from then on `received_key_` does.
  std::shared_ptr<const EventFrame> newest_ ESKER_GUARDED_BY(mutex_);
  std::uint64_t received_key_ ESKER_GUARDED_BY(mutex_) = 0;
  std::uint64_t received_events_ ESKER_GUARDED_BY(mutex_) = 0;
  Position received_looked_at_ ESKER_GUARDED_BY(mutex_);

  // What has been handed out.
  mutable Position looked_at_ ESKER_GUARDED_BY(mutex_);
  mutable bool told_caught_up_ ESKER_GUARDED_BY(mutex_) = false;

  // Credit, in bytes of records. `credit_` is what the server may still send and goes below 0 by an event larger than the
  // rest of the window.
  std::uint64_t waiting_bytes_ ESKER_GUARDED_BY(mutex_) = 0;
  std::uint64_t used_bytes_ ESKER_GUARDED_BY(mutex_) = 0;
  std::int64_t credit_ ESKER_GUARDED_BY(mutex_) = 0;
  bool credit_asked_for_ ESKER_GUARDED_BY(mutex_) = false;

  std::optional<Uuid> store_ ESKER_GUARDED_BY(mutex_);
  Incarnation incarnation_ ESKER_GUARDED_BY(mutex_);

  // The one handler that waits; `serving_` keeps `take` to one thread, `serve_again_` says that something came meanwhile.
  Handler<Event> handler_ ESKER_GUARDED_BY(mutex_);
  bool serving_ ESKER_GUARDED_BY(mutex_) = false;
  bool serve_again_ ESKER_GUARDED_BY(mutex_) = false;
};

}  // namespace esker::client
