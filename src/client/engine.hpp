#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/host_port.hpp"
#include "base/mutex.hpp"
#include "client/backoff.hpp"
#include "client/connection.hpp"
#include "client/request.hpp"
#include "esker/client.hpp"

namespace esker::client {

/// The client itself: what has been asked for, and the connection over which it is being answered.
///
/// ```
///   any thread          submit, begin, touch ──▶ [commands] ──▶ drain     executor, one handler at a time
///                                                                 │
///   requests, feeds: by number, so in the order of the calls ◀────┘
///        │ send            ▲ on_frame
///        ▼                 │
///   connection: none ─▶ connecting ─▶ ready ─▶ draining ─▶ none
///                 ▲        │ lost      │ lost      │ the last answer is there
///                 └─backoff┴───────────┴───────────┘
/// ```
/// A request is kept with its frame until it is answered, and sent again over every new connection. An answer `closed` says that the server
/// is going: what it concerns waits for the next connection, and this one is given up when it has answered the rest.
///
/// Lives until `close`, and as long as feeds or operations refer to it.
class Engine final : public std::enable_shared_from_this<Engine>, private Connection::Listener {
 public:
  using Clock = std::chrono::steady_clock;

  /// Without an executor it has a thread of its own. Errors: `invalid_argument` (address), `io_error` (too many open files).
  static Result<std::shared_ptr<Engine>> make(const ClientOptions& options,
                                              std::optional<boost::asio::any_io_executor> executor);
  ~Engine();

  /// Begins to connect. `on_first` hears how the first attempt ended, or `closed`. Called once. Errors: `io_error` (no thread); the
  /// engine is not to be used then, and `on_first` not called.
  Result<void> start(Handler<void> on_first);

  // --- any thread ---

  /// The number of the next request.
  std::uint64_t next_number() { return next_number_.fetch_add(1, std::memory_order_relaxed); }

  /// Takes on a request, which has its number, frame and handler. Errors: `closed`, `busy`, `too_large`; it is not answered then.
  Result<void> submit(std::shared_ptr<Request> request);
  /// Takes on a feed.
  void begin(const std::shared_ptr<Feed>& feed);
  /// Something about the feed has changed on its user's side: it was cancelled, or there is credit to give.
  void touch(const std::shared_ptr<Feed>& feed);
  /// Runs `task` soon on the executor, or on a thread of the system's when the engine's own has ended.
  void post(UniqueFunction<void()> task);
  /// Where handlers that have no executor of their own are called.
  [[nodiscard]] const boost::asio::any_io_executor& handler_executor() const;

  [[nodiscard]] const ClientOptions& options() const { return options_; }

  /// As `Client::close`.
  void close();

 private:
  struct Command {
    std::shared_ptr<Request> request;
    std::shared_ptr<Feed> feed;
    bool begins = false;
  };
  struct FeedEntry {
    std::shared_ptr<Feed> feed;
    bool asked = false;             ///< Over the present connection.
    Clock::time_point waits_since;  ///< When not `asked`.
    bool resumed = false;           ///< It was under way over an earlier connection.
    std::optional<Clock::time_point> ask_at =
        {};                        ///< Over the present connection, which was too busy.
    Clock::time_point heard = {};  ///< When `asked`: when something came last, or could not.
  };
  using Requests = std::map<std::uint64_t, std::shared_ptr<Request>>;
  using Feeds = std::map<std::uint64_t, FeedEntry>;

  Engine(const ClientOptions& options, base::HostPort address,
         std::optional<boost::asio::any_io_executor> executor);

  void add_feed_command(Command command);
  void schedule_drain();
  std::vector<Command> take_commands();
  void drain();
  void take_on(Command command);
  void shut();

  void on_welcome(const format::Welcome& welcome) override;
  void on_frame(Frame frame) override;
  void on_lost(Error error) override;
  void give_up_perhaps_done();
  void connect_again();
  void open_connection();
  void drop_connection(Error error);
  void drain_connection();
  void drop_when_drained();
  void answer_first(Result<void> result);

  void send_all();
  void send(Requests::iterator at);
  void send(Feeds::iterator at);
  template <class Message>
  void send_frame(std::uint64_t number, const Message& message);
  void send_ping();
  void on_answer(Requests::iterator at, format::MessageKind kind, const Frame& frame);
  void on_feed(Feeds::iterator at, format::MessageKind kind, Frame& frame);
  std::shared_ptr<Request> forget(Requests::iterator at);
  void end_feed(Feeds::iterator at, Error error);
  void put_back(FeedEntry& entry);
  void ask_later(FeedEntry& entry);
  void fail_all(const Error& error);

  void arm(Clock::time_point when);
  void on_due();
  void expire_requests(Clock::time_point now);
  void look_after_feeds(Clock::time_point now);
  /// Whether nothing has come for a subscription for so long that its connection is of no use.
  bool has_stalled(FeedEntry& entry, Clock::time_point now);
  void look_after_connection(Clock::time_point now);
  [[nodiscard]] Error timeout_error() const;

  const ClientOptions options_;
  const base::HostPort address_;

  /// Only with a thread of its own. Before all that uses the context.
  struct OwnThread {
    boost::asio::io_context context{1};
    std::thread thread;
    std::once_flag joined;
  };
  std::unique_ptr<OwnThread> own_thread_;
  boost::asio::any_io_executor handler_executor_;  // where handlers without an executor are called
  boost::asio::any_io_executor executor_;          // runs one handler of the engine at a time
  std::atomic<bool> own_thread_ended_{false};
  std::atomic<std::uint64_t> next_number_{1};
  std::atomic<std::uint64_t> waiting_bytes_{0};  // of requests without an answer

  base::Mutex mutex_;
  std::vector<Command> commands_ ESKER_GUARDED_BY(mutex_);
  bool scheduled_ ESKER_GUARDED_BY(mutex_) = false;
  bool closing_ ESKER_GUARDED_BY(mutex_) = false;

  // All below: on the executor.
  boost::asio::any_io_executor work_;  // keeps the executor at work until the engine is shut
  Requests requests_;
  Feeds feeds_;
  Handler<void> on_first_;
  bool shut_ = false;

  std::shared_ptr<Connection> connection_;
  bool ready_ = false;             // the connection is past its handshake
  bool draining_ = false;          // the server is going: nothing new over this connection
  std::size_t sent_requests_ = 0;  // `Request::queued` ones
  Uuid store_;
  Incarnation incarnation_;
  std::uint32_t frame_bytes_max_ = 0;  // that the server accepts
  std::chrono::nanoseconds ping_every_{0};
  Clock::time_point ready_since_;
  Clock::time_point pinged_;
  std::string last_fault_;  // why there is no connection

  Backoff backoff_;
  boost::asio::steady_timer retry_timer_;
  boost::asio::steady_timer due_timer_;
  std::optional<Clock::time_point> armed_;  // when `due_timer_` goes off
};

}  // namespace esker::client
