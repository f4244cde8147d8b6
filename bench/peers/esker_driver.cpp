// Drives es-server through Esker's own client.

#include <array>
#include <boost/asio/use_awaitable.hpp>
#include <cstring>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "common/driver.hpp"
#include "common/events.hpp"
#include "esker/client.hpp"

namespace esker::peers {

namespace {

namespace asio = boost::asio;
using asio::use_awaitable;

template <class T>
T must(Result<T>&& result) {
  if (!result) throw std::runtime_error(result.error().message());
  return std::move(result).value();
}

/// A client with a connection of its own.
class EskerSession : public Session {
 public:
  EskerSession(const asio::any_io_executor& executor, const DriverOptions& options)
      : client_(must(Client::start(executor, client_options(options)))) {}

  asio::awaitable<void> connect() override {
    (void)must(co_await client_.async_info(use_awaitable));
  }

 protected:
  Client client_;

 private:
  static ClientOptions client_options(const DriverOptions& options) {
    ClientOptions client;
    client.server = options.host + ":" + std::to_string(options.port);
    return client;
  }
};

/// Appends to streams of ten, each time expecting the version that the client knows.
class Append final : public EskerSession {
 public:
  Append(const asio::any_io_executor& executor, const DriverOptions& options, std::uint64_t number)
      : EskerSession(executor, options),
        streams_(options.run, number, options.clients),
        events_(options.batch),
        new_events_(options.batch) {}

  asio::awaitable<std::uint64_t> request() override {
    streams_.advance(events_.size());
    for (std::size_t i = 0; i < events_.size(); ++i) {
      events_[i] = next_event();
      std::array<std::byte, Uuid::kBytes> id{};
      std::memcpy(id.data(), events_[i].id.data(), id.size());
      new_events_[i] = {EventId(id), kEventType, as_bytes(events_[i].data), {}};
    }
    const auto expected = Expected::exactly(Version(streams_.version()));
    (void)must(
        co_await client_.async_append(streams_.stream(), expected, new_events_, use_awaitable));
    co_return events_.size();
  }

 private:
  StreamWriter streams_;
  std::vector<Event> events_;
  std::vector<NewEvent> new_events_;
};

/// Appends events with two tags, one at a time; for `append-if` unless another one of its type and tags has come since this client's last.
class AppendTagged final : public EskerSession {
 public:
  AppendTagged(const asio::any_io_executor& executor, const DriverOptions& options,
               std::uint64_t number)
      : EskerSession(executor, options),
        conditional_(options.operation == "append-if"),
        streams_(options.run, number, options.clients) {}

  asio::awaitable<std::uint64_t> request() override {
    streams_.advance(1);
    if (streams_.version() == 0) begin_boundary();
    const Event event = next_event();
    std::array<std::byte, Uuid::kBytes> id{};
    std::memcpy(id.data(), event.id.data(), id.size());
    const NewEvent added{EventId(id), kEventType, as_bytes(event.data), {}, tags_};
    const StreamAppend append{streams_.stream(), Expected::any(), std::span(&added, 1)};
    const NewCommit commit(std::span(&append, 1), conditional_ ? &condition_ : nullptr);
    const AppendResult result = must(co_await client_.async_append(commit, use_awaitable));
    condition_.after = result.position();
    co_return 1;
  }

 private:
  /// What is decided about now: a new stream's name makes both tags.
  void begin_boundary() {
    const std::string order = "order=" + std::string(streams_.stream());
    const std::string customer = "customer=" + std::string(streams_.stream());
    tags_ = Tags{order, customer};
    condition_ = {{{}, {{{std::string(kEventType)}, {order, customer}}}}, Position()};
  }

  const bool conditional_;
  StreamWriter streams_;
  Tags tags_;
  Condition condition_;
};

/// Takes all events of a finished query, which must be as many as are there.
asio::awaitable<std::uint64_t> take_all(EventReader reader, std::uint64_t expected) {
  std::uint64_t events = 0;
  std::uint64_t bytes = 0;
  for (;;) {
    // In two statements, like all that a temporary and a co_await are in: g++ 12 destroys such temporaries twice.
    std::optional<EventView> event;
    if (reader.ready()) {
      event = must(reader.next());
    } else {
      event = must(co_await reader.async_next(use_awaitable));
    }
    if (!event) break;
    ++events;
    bytes += event->data.size();
  }
  if (events != expected || bytes != expected * kEventBytes) {
    throw std::runtime_error("read " + std::to_string(events) + " events instead of " +
                             std::to_string(expected));
  }
  co_return events;
}

/// Reads one of the loaded streams, at random.
class ReadStream final : public EskerSession {
 public:
  ReadStream(const asio::any_io_executor& executor, const DriverOptions& options,
             std::uint64_t number)
      : EskerSession(executor, options),
        random_(number),
        which_(0, options.events / kStreamEvents - 1) {}

  asio::awaitable<std::uint64_t> request() override {
    Query query{.selector = Selector::stream(stream_name("loaded", which_(random_)))};
    EventReader reader = client_.read(query);
    co_return co_await take_all(std::move(reader), kStreamEvents);
  }

 private:
  std::minstd_rand random_;
  std::uniform_int_distribution<std::uint64_t> which_;
};

/// Reads everything in the order of positions.
class ReadAll final : public EskerSession {
 public:
  ReadAll(const asio::any_io_executor& executor, const DriverOptions& options)
      : EskerSession(executor, options), events_(options.events) {}

  asio::awaitable<std::uint64_t> request() override {
    const Query everything;
    EventReader reader = client_.read(everything);
    co_return co_await take_all(std::move(reader), events_);
  }

 private:
  const std::uint64_t events_;
};

/// Subscribes from the beginning until it has all events that are there.
class CatchUp final : public EskerSession {
 public:
  CatchUp(const asio::any_io_executor& executor, const DriverOptions& options)
      : EskerSession(executor, options), events_(options.events) {}

  asio::awaitable<std::uint64_t> request() override {
    const Query everything;
    EventSubscription subscription = client_.subscribe(everything);
    for (std::uint64_t taken = 0; taken < events_; ++taken) {
      auto event = must(subscription.poll());
      if (!event) {
        event = must(co_await subscription.async_next(use_awaitable));
      }
      if (event->data.size() != kEventBytes)
        throw std::runtime_error("an event is not as appended");
    }
    co_return events_;
  }

 private:
  const std::uint64_t events_;
};

std::unique_ptr<Session> make(const asio::any_io_executor& executor, const DriverOptions& options,
                              std::uint64_t number) {
  if (options.operation == "read-stream") {
    return std::make_unique<ReadStream>(executor, options, number);
  }
  if (options.operation == "append-tags" || options.operation == "append-if") {
    return std::make_unique<AppendTagged>(executor, options, number);
  }
  if (options.operation == "read-all") return std::make_unique<ReadAll>(executor, options);
  if (options.operation == "catch-up") return std::make_unique<CatchUp>(executor, options);
  return std::make_unique<Append>(executor, options, number);
}

}  // namespace
}  // namespace esker::peers

int main(int count, char** arguments) {
  return esker::peers::run_driver(
      count, arguments, "es-peer-esker",
      {"load", "append", "append-tags", "append-if", "read-stream", "read-all", "catch-up"},
      esker::peers::make);
}
