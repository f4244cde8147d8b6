#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/prefer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "esker/append.hpp"
#include "esker/compaction.hpp"
#include "esker/event.hpp"
#include "esker/function.hpp"
#include "esker/info.hpp"
#include "esker/options.hpp"
#include "esker/proof.hpp"
#include "esker/query.hpp"
#include "esker/result.hpp"
#include "esker/snapshot.hpp"
#include "esker/stream_metadata.hpp"
#include "esker/types.hpp"
#include "esker/uuid.hpp"

namespace esker {

namespace client {
class Engine;
class Feed;

template <class T>
using Handler = UniqueFunction<void(Result<T>)>;

/// `handler`, to be called on its associated executor (`fallback` when it has none), which is kept at work until then.
template <class T, class CompletionHandler>
Handler<T> on_its_executor(CompletionHandler handler,
                           const boost::asio::any_io_executor& fallback) {
  boost::asio::any_io_executor executor = boost::asio::prefer(
      boost::asio::any_io_executor(boost::asio::get_associated_executor(handler, fallback)),
      boost::asio::execution::outstanding_work.tracked);
  return [handler = std::move(handler), executor = std::move(executor)](Result<T> result) mutable {
    boost::asio::dispatch(executor,
                          [handler = std::move(handler), result = std::move(result)]() mutable {
                            std::move(handler)(std::move(result));
                          });
  };
}
}  // namespace client

/// How a client reaches its server and how long it tries.
struct ClientOptions {
  /// "HOST:PORT" or "[IPV6]:PORT"; a name is resolved again for each attempt.
  std::string server = "127.0.0.1:7411";

  /// One attempt: resolve, connect, handshake. A look-up of a name cannot be interrupted, though: the operating system's own timeout
  /// holds for it, and the last one under way holds up `Client::close`.
  std::chrono::milliseconds connect_timeout{5'000};
  /// From the call to the answer, over as many connections as it takes.
  std::chrono::milliseconds request_timeout{30'000};
  /// Wait before the second attempt to connect; doubled for each further one up to `backoff_max`, and each time a random half to
  /// whole of that, so that many clients do not come back all at once.
  std::chrono::milliseconds backoff_min{50};
  std::chrono::milliseconds backoff_max{5'000};
  /// After this long without a byte from the server the client pings; after twice as long without a sign of life, which taking a
  /// part of a long request is too, it gives the connection up and makes another.
  std::chrono::milliseconds ping_interval{10'000};

  /// A subscription that has room for events, and about which nothing has come for so long although the connection lives, is taken for
  /// stalled: the connection is given up, and it resumes over another. Servers say how far they have got every five seconds; at least two
  /// of those should fit in.
  std::chrono::milliseconds stall_timeout{30'000};

  /// Bytes of events that a read or subscription may have received ahead of its user. Bounds its memory, up to one frame more.
  std::uint32_t window_bytes = 4U << 20;
  /// Bytes of requests that wait for their answers; beyond it a request is `busy`, and one that is longer by itself `too_large`.
  std::uint64_t in_flight_bytes_max = 256ULL << 20;
  /// The longest frame to accept from the server.
  std::uint32_t frame_bytes_max = 72U << 20;
};

/// Events of a finished query, as they arrive. Pulled: the server sends no more than the window ahead of the reader.
///
/// When the connection breaks it goes on over the next one, where it was; nothing is missed or delivered twice. Used by one thread at
/// a time. May outlive its client, which then answers `closed`.
class EventReader {
 public:
  explicit EventReader(std::shared_ptr<client::Feed> feed);
  EventReader(EventReader&&) noexcept;
  EventReader& operator=(EventReader&&) noexcept;
  /// Tells the server to send no more.
  ~EventReader();

  /// The next event, waiting for it; nothing when there are no more. Views stay valid until the next call, and no longer than the reader.
  /// Errors: those of `Store::read`; `unavailable` when the server could not be reached for `request_timeout`; `corrupt` when a record
  /// arrived damaged; `too_large` (beyond `frame_bytes_max`); `protocol`; `closed`. After an error every call answers the same.
  Result<std::optional<EventView>> next();

  /// The same without blocking: the completion signature is `void(Result<std::optional<EventView>>)`. Until it answers, nothing else
  /// may be called.
  template <class CompletionToken>
  auto async_next(CompletionToken&& token);

  /// True when `next` would answer without waiting, so that an asynchronous reader can take what is there in a loop.
  [[nodiscard]] bool ready() const;

  /// What the read has cost the server, once `next` has told that there are no more, if `Query::explain` asked for it. After a reconnection
  /// that of the last connection's part.
  [[nodiscard]] std::optional<Explanation> explanation() const;

 private:
  std::shared_ptr<client::Feed> feed_;
};

/// Events of a query, those that are there and those that come, as `Subscription` does it in process.
///
/// Survives connections and restarts of the server: it goes on behind the last event it received; nothing is missed, doubled or out of
/// order. When the server has lost the end of its log (durability other than `sync`, see `Incarnation`), that is `position_ahead`, never
/// silence. Used by one thread at a time; `cancel` may come from any. May outlive its client, which then answers `closed`.
class EventSubscription {
 public:
  explicit EventSubscription(std::shared_ptr<client::Feed> feed);
  EventSubscription(EventSubscription&&) noexcept;
  EventSubscription& operator=(EventSubscription&&) noexcept;
  /// Tells the server to send no more.
  ~EventSubscription();

  /// The next event that has arrived, or nothing. Never waits. Views stay valid until the next call, and no longer than the subscription.
  /// Errors: those of `Store::subscribe`; `corrupt` when a record arrived damaged; `too_large` (beyond `frame_bytes_max`);
  /// `protocol`; `closed` after `cancel`, `Client::close` or when the query allows no more events. After an error every call answers the
  /// same. A server that cannot be reached is not an error: it is waited for.
  Result<std::optional<EventView>> poll();

  /// The same, waiting up to `timeout`; nothing when none came in time.
  Result<std::optional<EventView>> next(std::chrono::nanoseconds timeout);

  /// The next event, waiting for it without blocking: `void(Result<std::optional<EventView>>)`, which holds an event or an error.
  /// Until it answers, only `cancel` may be called.
  template <class CompletionToken>
  auto async_next(CompletionToken&& token);

  /// Ends it, now and from now on; a waiting call answers `closed`. Any thread.
  void cancel();

  /// Every event at or before this position that matches has been handed out, whether or not any did: the checkpoint to resume
  /// after. 0 until something was heard of the server.
  [[nodiscard]] Position looked_at() const;

  /// True when all that was visible on the server has been handed out, as far as the client has heard. It becomes false when more arrives
  /// than has been taken, when the server says that the subscription has fallen behind, or when the connection breaks.
  [[nodiscard]] bool caught_up() const;

  /// Of the store when the subscription last began or resumed; 0 before. When it changes and the store's durability is not `sync`,
  /// positions after the last one synced may have been given out again.
  [[nodiscard]] Incarnation incarnation() const;

 private:
  std::shared_ptr<client::Feed> feed_;
};

/// A connection to a server that mends itself, for any number of requests at once.
///
/// All functions may be called from any thread at any time. Requests of one thread reach the server in the order of their calls. A request
/// in flight when the connection breaks is sent again over the next one; for an append that is safe, because appends are idempotent by
/// their event ids. The blocking functions must not be called from a completion handler.
class Client {
 public:
  /// Connects, with a thread of its own, and waits for the first connection.
  /// Errors: `invalid_argument` (address), `unavailable` (within `connect_timeout`; the message says why), `not_supported` (protocol
  /// version), `io_error` (no thread or descriptor), `busy` (the server has too many connections), `protocol`.
  static Result<Client> connect(const ClientOptions& options);
  /// The same for "HOST:PORT" and defaults.
  static Result<Client> connect(std::string_view server);

  /// Begins to connect, on the caller's executor and without a thread, and returns at once. Requests wait for the connection. The client
  /// keeps the executor at work until it is closed. Errors: `invalid_argument` (address), `io_error`.
  static Result<Client> start(boost::asio::any_io_executor executor, const ClientOptions& options);

  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;
  /// As `close`.
  ~Client();

  /// Appends `commit` as `Store::append` does, waiting for the answer.
  ///
  /// `commit`   copied before the function returns; for the asynchronous form too, so that views need not outlive the call.
  /// Errors     those of `Store::append`. Nothing written: also `unavailable` (never reached the server within `request_timeout`) and
  ///            `busy`. Perhaps written: `outcome_unknown` (sent, but no answer within `request_timeout`); appending again with the
  ///            same ids tells.
  Result<AppendResult> append(const NewCommit& commit);
  Result<AppendResult> append(std::string_view stream, Expected expected,
                              std::span<const NewEvent> events);

  /// The same without blocking: the completion signature is `void(Result<AppendResult>)`.
  template <class CompletionToken>
  auto async_append(const NewCommit& commit, CompletionToken&& token);
  template <class CompletionToken>
  auto async_append(std::string_view stream, Expected expected, std::span<const NewEvent> events,
                    CompletionToken&& token);

  /// Begins to read what `query` selects. Returns at once; errors come with the first event asked for.
  EventReader read(const Query& query);

  /// Begins to read what `query` selects and goes on with what comes. Returns at once; errors come with the first event asked for.
  EventSubscription subscribe(const Query& query);

  // --- the store's own streams (esker/system_streams.hpp); asynchronously their events are appended and read like others ---

  /// What is to be kept of `stream`, and what else is known of it; nothing is set when nobody has said anything.
  /// Errors: those of `read`.
  Result<StreamMetadata> stream_metadata(std::string_view stream);
  /// Replaces it. `expected` is about `$$<stream>`. Errors: those of `append`; `invalid_argument` as `metadata_append`.
  Result<AppendResult> set_stream_metadata(std::string_view stream, const StreamMetadata& metadata,
                                           Expected expected = Expected::any());
  /// Deletes the stream, if it is as expected: it reads as absent, may be written again, and its versions go on. What else its metadata
  /// says stays. Errors: those of `append` and `read`.
  Result<AppendResult> delete_stream(std::string_view stream,
                                     Expected expected = Expected::stream_exists());
  /// Ends the stream for ever, if it is as expected: it reads as absent, and appends to it answer `tombstoned`. Errors: those of `append`.
  Result<AppendResult> tombstone_stream(std::string_view stream,
                                        Expected expected = Expected::any());

  /// Keeps a snapshot of `stream`. Errors: those of `append`.
  Result<AppendResult> save_snapshot(std::string_view stream, const Snapshot& snapshot);
  /// The newest one; nothing when there is none. Errors: those of `read`.
  Result<std::optional<Snapshot>> load_snapshot(std::string_view stream);
  /// The newest snapshot, if there is one, and the events behind it, in one round trip: `Query::from_snapshot`. Answers with the version of
  /// the last event that the state then knows, which is what to expect when appending; 0 when there is nothing. An error of a callback
  /// ends it.
  /// Errors: those of `read`.
  Result<Version> load_aggregate(std::string_view stream,
                                 UniqueFunction<Result<void>(const Snapshot&)> on_snapshot,
                                 UniqueFunction<Result<void>(const EventView&)> on_event);

  /// Keeps how far the subscriber `name` has got, as durable as any event. Errors: those of `append`.
  Result<AppendResult> save_checkpoint(std::string_view name, Position position);
  /// How far it has got; 0 when it has not said so. `Query::from_checkpoint` begins behind it. Errors: those of `read`.
  Result<Position> load_checkpoint(std::string_view name);

  /// The store's numbers, waiting for them. Errors: `unavailable` (no answer within `request_timeout`), `closed`, `busy`.
  Result<StoreInfo> info();
  /// The same without blocking: `void(Result<StoreInfo>)`.
  template <class CompletionToken>
  auto async_info(CompletionToken&& token);

  /// Begins to compact the server's store, as `Store::start_compaction`, and answers how far it is. Sent again after the connection broke,
  /// it may be refused as `busy` because it had begun. Errors: as `info`, and `busy`.
  Result<CompactionStatus> start_compaction(const CompactionOptions& options = {});
  /// How far the compaction is. Errors: as `info`.
  Result<CompactionStatus> compaction();

  /// What `Store::root`, `Store::prove_inclusion` and `Store::prove_consistency` answer. Whoever checks the proofs need not trust the
  /// server. Errors: theirs; those of `info`.
  Result<Root> root(std::optional<Position> position = {});
  Result<InclusionProof> prove_inclusion(Position position, std::optional<Position> root = {});
  Result<ConsistencyProof> prove_consistency(Position from, std::optional<Position> to = {});

  /// Asks for a sign of life and waits for it. Errors: as `info`.
  Result<void> ping();
  /// The same without blocking: `void(Result<void>)`.
  template <class CompletionToken>
  auto async_ping(CompletionToken&& token);

  /// Closes the connection. What waits is answered: an append that has been sent `outcome_unknown`, all else `closed`. A second call does
  /// nothing. With a thread of its own, waits for it; otherwise the answers come later, on the executor.
  void close();

 private:
  explicit Client(std::shared_ptr<client::Engine> engine);

  std::shared_ptr<client::Engine> engine_;
};

namespace client {

// What the templates below call. Each takes a handler that is called exactly once, never before the function returns.
const boost::asio::any_io_executor& executor_of(const Engine& engine);
const boost::asio::any_io_executor& executor_of(const Feed& feed);
void append(Engine& engine, const NewCommit& commit, Handler<AppendResult> handler);
void info(Engine& engine, Handler<StoreInfo> handler);
void ping(Engine& engine, Handler<void> handler);
void next(const std::shared_ptr<Feed>& feed, Handler<std::optional<EventView>> handler);

/// An asynchronous operation that answers with a `Result<T>`: `begin(handler)` starts it.
template <class T, class CompletionToken, class Begin>
auto initiate(CompletionToken&& token, const boost::asio::any_io_executor& executor, Begin begin) {
  return boost::asio::async_initiate<CompletionToken, void(Result<T>)>(
      [executor, begin = std::move(begin)](auto handler) mutable {
        begin(on_its_executor<T>(std::move(handler), executor));
      },
      token);
}

}  // namespace client

template <class CompletionToken>
auto EventReader::async_next(CompletionToken&& token) {
  return client::initiate<std::optional<EventView>>(
      std::forward<CompletionToken>(token), client::executor_of(*feed_),
      [feed = feed_](auto handler) { client::next(feed, std::move(handler)); });
}

template <class CompletionToken>
auto EventSubscription::async_next(CompletionToken&& token) {
  return client::initiate<std::optional<EventView>>(
      std::forward<CompletionToken>(token), client::executor_of(*feed_),
      [feed = feed_](auto handler) { client::next(feed, std::move(handler)); });
}

template <class CompletionToken>
auto Client::async_append(const NewCommit& commit, CompletionToken&& token) {
  return client::initiate<AppendResult>(std::forward<CompletionToken>(token),
                                        client::executor_of(*engine_),
                                        [engine = engine_, commit](auto handler) {
                                          client::append(*engine, commit, std::move(handler));
                                        });
}

template <class CompletionToken>
auto Client::async_append(std::string_view stream, Expected expected,
                          std::span<const NewEvent> events, CompletionToken&& token) {
  return client::initiate<AppendResult>(
      std::forward<CompletionToken>(token), client::executor_of(*engine_),
      [engine = engine_, append = StreamAppend{stream, expected, events}](auto handler) {
        client::append(*engine, std::span(&append, 1), std::move(handler));
      });
}

template <class CompletionToken>
auto Client::async_info(CompletionToken&& token) {
  return client::initiate<StoreInfo>(
      std::forward<CompletionToken>(token), client::executor_of(*engine_),
      [engine = engine_](auto handler) { client::info(*engine, std::move(handler)); });
}

template <class CompletionToken>
auto Client::async_ping(CompletionToken&& token) {
  return client::initiate<void>(
      std::forward<CompletionToken>(token), client::executor_of(*engine_),
      [engine = engine_](auto handler) { client::ping(*engine, std::move(handler)); });
}

}  // namespace esker
