// Drives Redis Streams through hiredis.
//
// A Redis stream for each stream, or one for all: Redis keeps no order over several. What is appended and read by stream goes to the
// former; the log that `read-all` and `catch-up` read is the latter.

#include <hiredis/hiredis.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "common/driver.hpp"
#include "common/events.hpp"

namespace esker::peers {

namespace {

namespace asio = boost::asio;
using asio::use_awaitable;
using asio::posix::descriptor_base;

constexpr const char* kLog = "events";  // the stream of all events
constexpr std::size_t kPage = 1000;

struct Free {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using Reply = std::unique_ptr<redisReply, Free>;

/// A connection that is waited for without blocking.
class RedisSession : public Session {
 public:
  RedisSession(const asio::any_io_executor& executor, const DriverOptions& options)
      : options_(options), readiness_(executor) {}
  ~RedisSession() override {
    if (readiness_.is_open()) readiness_.release();  // it is hiredis's
    redisFree(connection_);
  }

  asio::awaitable<void> connect() override {
    connection_ = redisConnectNonBlock(options_.host.c_str(), options_.port);
    if (connection_ == nullptr || connection_->err != 0) throw std::runtime_error("cannot connect");
    readiness_.assign(connection_->fd);
    co_await readiness_.async_wait(descriptor_base::wait_write, use_awaitable);
    send({"PING"});
    co_await answer();
  }

 protected:
  /// Puts a command into the buffer.
  void send(const std::vector<std::string>& words) {
    std::vector<const char*> texts;
    std::vector<std::size_t> lengths;
    for (const std::string& word : words) {
      texts.push_back(word.data());
      lengths.push_back(word.size());
    }
    redisAppendCommandArgv(connection_, static_cast<int>(words.size()), texts.data(),
                           lengths.data());
  }

  /// Sends what is in the buffer and takes one answer.
  asio::awaitable<Reply> answer() {
    for (int done = 0;;) {
      if (redisBufferWrite(connection_, &done) != REDIS_OK) fail();
      if (done == 1) break;
      co_await readiness_.async_wait(descriptor_base::wait_write, use_awaitable);
    }
    void* reply = nullptr;
    for (;;) {
      if (redisGetReplyFromReader(connection_, &reply) != REDIS_OK) fail();
      if (reply != nullptr) break;
      co_await readiness_.async_wait(descriptor_base::wait_read, use_awaitable);
      if (redisBufferRead(connection_) != REDIS_OK) fail();
    }
    Reply taken(static_cast<redisReply*>(reply));
    if (taken->type == REDIS_REPLY_ERROR) throw std::runtime_error(taken->str);
    co_return taken;
  }

  const DriverOptions options_;

 private:
  [[noreturn]] void fail() { throw std::runtime_error(connection_->errstr); }

  redisContext* connection_ = nullptr;
  asio::posix::stream_descriptor readiness_;
};

/// Appends to streams of ten: XADD with the version as the entry's id, which Redis refuses when the stream is there already. Several
/// events go in one MULTI.
class Append final : public RedisSession {
 public:
  Append(const asio::any_io_executor& executor, const DriverOptions& options, std::uint64_t number)
      : RedisSession(executor, options), streams_(options.run, number, options.clients) {}

  asio::awaitable<std::uint64_t> request() override {
    streams_.advance(options_.batch);
    const bool load = options_.operation == "load";
    const bool several = load || options_.batch > 1;
    if (several) send({"MULTI"});
    std::uint64_t commands = 0;
    for (std::uint64_t i = 1; i <= options_.batch; ++i) {
      const Event event = next_event();
      add(streams_.stream(), std::to_string(streams_.version() + i) + "-0", event);
      ++commands;
      if (!load) continue;
      add(kLog, "*", event);
      ++commands;
    }
    if (several) {
      send({"EXEC"});
      ++commands;
      // The answer to MULTI, and "queued" for each command before the last.
      for (std::uint64_t i = 0; i < commands; ++i) co_await answer();
    }
    const Reply last = co_await answer();
    if (several && last->type != REDIS_REPLY_ARRAY) throw std::runtime_error("EXEC failed");
    co_return options_.batch;
  }

 private:
  void add(const std::string& stream, const std::string& entry, const Event& event) {
    send({"XADD", stream, entry, "id", id_text(event.id), "type", kEventType, "data", event.data});
  }

  StreamWriter streams_;
};

/// Reads one of the loaded streams, at random.
class ReadStream final : public RedisSession {
 public:
  ReadStream(const asio::any_io_executor& executor, const DriverOptions& options,
             std::uint64_t number)
      : RedisSession(executor, options),
        random_(number),
        which_(0, options.events / kStreamEvents - 1) {}

  asio::awaitable<std::uint64_t> request() override {
    send({"XRANGE", stream_name("loaded", which_(random_)), "-", "+"});
    const Reply entries = co_await answer();
    if (entries->elements != kStreamEvents) throw std::runtime_error("a stream is not of ten");
    co_return kStreamEvents;
  }

 private:
  std::minstd_rand random_;
  std::uniform_int_distribution<std::uint64_t> which_;
};

/// Reads the log of all events in pages: with XRANGE, or as a consumer that catches up, with XREAD.
class ReadAll final : public RedisSession {
 public:
  using RedisSession::RedisSession;

  asio::awaitable<std::uint64_t> request() override {
    const bool consumer = options_.operation == "catch-up";
    std::uint64_t events = 0;
    std::string after = consumer ? "0-0" : "";
    for (;;) {
      if (consumer) {
        send({"XREAD", "COUNT", std::to_string(kPage), "STREAMS", kLog, after});
      } else {
        send({"XRANGE", kLog, after.empty() ? "-" : "(" + after, "+", "COUNT",
              std::to_string(kPage)});
      }
      const Reply reply = co_await answer();
      const redisReply* page = reply.get();
      // XREAD answers nil, or with pairs of a stream and its entries.
      if (consumer && page->type == REDIS_REPLY_ARRAY) page = page->element[0]->element[1];
      if (page->type != REDIS_REPLY_ARRAY || page->elements == 0) break;
      after = page->element[page->elements - 1]->element[0]->str;
      events += page->elements;
    }
    if (events != options_.events) {
      throw std::runtime_error("read " + std::to_string(events) + " events");
    }
    co_return events;
  }
};

std::unique_ptr<Session> make(const asio::any_io_executor& executor, const DriverOptions& options,
                              std::uint64_t number) {
  if (options.operation == "read-stream") {
    return std::make_unique<ReadStream>(executor, options, number);
  }
  if (options.operation == "read-all" || options.operation == "catch-up") {
    return std::make_unique<ReadAll>(executor, options);
  }
  return std::make_unique<Append>(executor, options, number);
}

}  // namespace
}  // namespace esker::peers

int main(int count, char** arguments) {
  return esker::peers::run_driver(count, arguments, "es-peer-redis",
                                  {"load", "append", "read-stream", "read-all", "catch-up"},
                                  esker::peers::make);
}
