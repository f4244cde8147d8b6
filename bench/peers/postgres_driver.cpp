// Drives PostgreSQL through libpq: a table of events with unique (stream, version), as guides to event sourcing give it.

#include <libpq-fe.h>

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

constexpr const char* kSchema = R"(
  create table if not exists events (
    position bigint generated always as identity primary key,
    stream text not null,
    version bigint not null,
    id uuid not null,
    type text not null,
    data jsonb not null,
    recorded timestamptz not null default now(),
    unique (stream, version));
  create table if not exists tagged_events (
    position bigint generated always as identity primary key,
    id uuid not null,
    type text not null,
    tags text[] not null,
    data jsonb not null,
    recorded timestamptz not null default now());
  -- With fastupdate each condition would look through all that is not in the index proper yet.
  create index if not exists tagged_events_tags on tagged_events using gin (tags) with (fastupdate = off);
  -- Whoever appends an event locks its tags until the commit, in their order, so that nobody else appends a matching one between the look
  -- and the insert. `position + 0` keeps the planner from looking through the newest positions instead of the tags' index.
  create or replace function append_if(new_id uuid, new_type text, new_tags text[], new_data jsonb, after bigint)
  returns bigint language plpgsql as $$
  declare appended bigint;
  begin
    perform pg_advisory_xact_lock(hashtextextended(tag, 0)) from (select unnest(new_tags) as tag order by 1) as locked;
    if exists (select from tagged_events where tags @> new_tags and type = new_type and position + 0 > after) then
      return null;
    end if;
    insert into tagged_events (id, type, tags, data) values (new_id, new_type, new_tags, new_data)
      returning position into appended;
    return appended;
  end $$;)";

constexpr const char* kAppend =
    "insert into events (stream, version, id, type, data) values ($1, $2::bigint + 1, $3, $4, $5)";
constexpr const char* kAppendMany =
    "insert into events (stream, version, id, type, data)"
    " select $1, $2::bigint + n, id, $4, data::jsonb"
    " from unnest($3::uuid[], $5::text[]) with ordinality as event (id, data, n)";
constexpr const char* kAppendTagged =
    "insert into tagged_events (id, type, tags, data) values ($1, $2, $3, $4) returning position";
constexpr const char* kAppendIf = "select append_if($1, $2, $3, $4, $5)";
constexpr const char* kReadStream =
    "select version, id, type, data from events where stream = $1 order by version";
constexpr const char* kReadPage =
    "select position, stream, version, id, type, data from events where position > $1::bigint"
    " order by position limit 1000";
constexpr int kReadPageData = 5;

/// An array as PostgreSQL's text form has it. The elements need no escapes but those of JSON's quotes.
class ArrayText {
 public:
  void add(const std::string& element) {
    text_ += text_.empty() ? "{\"" : ",\"";
    for (const char symbol : element) {
      if (symbol == '"' || symbol == '\\') text_ += '\\';
      text_ += symbol;
    }
    text_ += '"';
  }
  [[nodiscard]] std::string take() { return std::move(text_) + "}"; }

 private:
  std::string text_;
};

struct Clear {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Answer = std::unique_ptr<PGresult, Clear>;

/// A connection that is waited for without blocking.
class PostgresSession : public Session {
 public:
  PostgresSession(const asio::any_io_executor& executor, const DriverOptions& options)
      : options_(options), readiness_(executor) {}
  ~PostgresSession() override {
    if (readiness_.is_open()) readiness_.release();  // it is libpq's
    PQfinish(connection_);
  }

  asio::awaitable<void> connect() override {
    const std::string where = "host=" + options_.host + " port=" + std::to_string(options_.port) +
                              " user=esker dbname=postgres sslmode=disable gssencmode=disable";
    connection_ = PQconnectdb(where.c_str());
    if (PQstatus(connection_) != CONNECTION_OK) fail();
    PQsetnonblocking(connection_, 1);
    readiness_.assign(PQsocket(connection_));
    if (options_.operation == "load") co_await make_schema();
    if (PQsendPrepare(connection_, "request", statement(), 0, nullptr) == 0) fail();
    co_await answer();
  }

 protected:
  [[nodiscard]] virtual const char* statement() const = 0;

  /// Runs the prepared statement. What the parameters point to must last until the answer.
  asio::awaitable<Answer> execute(std::vector<const char*> parameters) {
    const int count = static_cast<int>(parameters.size());
    if (PQsendQueryPrepared(connection_, "request", count, parameters.data(), nullptr, nullptr,
                            0) == 0) {
      fail();
    }
    co_return co_await answer();
  }

  asio::awaitable<void> command(const char* text) {
    if (PQsendQuery(connection_, text) == 0) fail();
    co_await answer();
  }

  const DriverOptions options_;

 private:
  [[noreturn]] void fail() { throw std::runtime_error(PQerrorMessage(connection_)); }

  asio::awaitable<void> make_schema() {
    co_await command("set client_min_messages = warning");  // that it is all there is no news
    co_await command(kSchema);
  }

  asio::awaitable<Answer> answer() {
    while (PQflush(connection_) == 1) {
      co_await readiness_.async_wait(descriptor_base::wait_write, use_awaitable);
    }
    Answer last;
    for (;;) {
      while (PQisBusy(connection_) == 1) {
        co_await readiness_.async_wait(descriptor_base::wait_read, use_awaitable);
        if (PQconsumeInput(connection_) == 0) fail();
      }
      PGresult* next = PQgetResult(connection_);
      if (next == nullptr) break;
      last.reset(next);
    }
    const auto status = PQresultStatus(last.get());
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) co_return last;
    fail();
  }

  PGconn* connection_ = nullptr;
  asio::posix::stream_descriptor readiness_;
};

/// Appends to streams of ten, one event or one batch in a transaction.
class Append final : public PostgresSession {
 public:
  Append(const asio::any_io_executor& executor, const DriverOptions& options, std::uint64_t number)
      : PostgresSession(executor, options), streams_(options.run, number, options.clients) {}

  asio::awaitable<std::uint64_t> request() override {
    streams_.advance(options_.batch);
    std::string ids;
    std::string data;
    if (options_.batch == 1) {
      const Event event = next_event();
      ids = id_text(event.id);
      data = event.data;
    } else {
      collect(ids, data);
    }
    const std::string version = std::to_string(streams_.version());
    std::vector<const char*> parameters{streams_.stream().c_str(), version.c_str(), ids.c_str(),
                                        kEventType, data.c_str()};
    co_await execute(std::move(parameters));
    co_return options_.batch;
  }

 private:
  [[nodiscard]] const char* statement() const override {
    return options_.batch == 1 ? kAppend : kAppendMany;
  }

  void collect(std::string& ids, std::string& data) const {
    ArrayText all_ids;
    ArrayText all_data;
    for (std::uint64_t i = 0; i < options_.batch; ++i) {
      const Event event = next_event();
      all_ids.add(id_text(event.id));
      all_data.add(event.data);
    }
    ids = all_ids.take();
    data = all_data.take();
  }

  StreamWriter streams_;
};

/// Appends one event with two tags; with a condition: unless another of its type and tags came after the last that this client knows.
class AppendTagged final : public PostgresSession {
 public:
  AppendTagged(const asio::any_io_executor& executor, const DriverOptions& options,
               std::uint64_t number)
      : PostgresSession(executor, options), streams_(options.run, number, options.clients) {}

  asio::awaitable<std::uint64_t> request() override {
    streams_.advance(1);
    if (streams_.version() == 0) last_ = "0";
    const Event event = next_event();
    const std::string id = id_text(event.id);
    ArrayText both;
    both.add("order=" + streams_.stream());
    both.add("customer=" + streams_.stream());
    const std::string tags = both.take();
    std::vector<const char*> parameters{id.c_str(), kEventType, tags.c_str(), event.data.c_str()};
    if (conditional()) parameters.push_back(last_.c_str());
    const Answer answer = co_await execute(std::move(parameters));
    if (PQgetisnull(answer.get(), 0, 0) == 1)
      throw std::runtime_error("a condition failed that holds");
    last_ = PQgetvalue(answer.get(), 0, 0);
    co_return 1;
  }

 private:
  [[nodiscard]] bool conditional() const { return options_.operation == "append-if"; }
  [[nodiscard]] const char* statement() const override {
    return conditional() ? kAppendIf : kAppendTagged;
  }

  StreamWriter streams_;
  std::string last_;
};

/// Reads one of the loaded streams, at random.
class ReadStream final : public PostgresSession {
 public:
  ReadStream(const asio::any_io_executor& executor, const DriverOptions& options,
             std::uint64_t number)
      : PostgresSession(executor, options),
        random_(number),
        which_(0, options.events / kStreamEvents - 1) {}

  asio::awaitable<std::uint64_t> request() override {
    const std::string stream = stream_name("loaded", which_(random_));
    std::vector<const char*> parameters{stream.c_str()};
    const Answer answer = co_await execute(std::move(parameters));
    if (PQntuples(answer.get()) != kStreamEvents)
      throw std::runtime_error("a stream is not of ten");
    co_return kStreamEvents;
  }

 private:
  [[nodiscard]] const char* statement() const override { return kReadStream; }

  std::minstd_rand random_;
  std::uniform_int_distribution<std::uint64_t> which_;
};

/// Reads everything in pages of 1,000 by position; as a subscription, it listens for what comes before it begins.
class ReadAll final : public PostgresSession {
 public:
  using PostgresSession::PostgresSession;

  asio::awaitable<std::uint64_t> request() override {
    if (options_.operation == "catch-up") co_await command("listen events");
    std::uint64_t events = 0;
    std::string after = "0";
    for (;;) {
      std::vector<const char*> parameters{after.c_str()};
      const Answer page = co_await execute(std::move(parameters));
      const int rows = PQntuples(page.get());
      if (rows == 0) break;
      after = PQgetvalue(page.get(), rows - 1, 0);
      for (int row = 0; row < rows; ++row) bytes_ += PQgetlength(page.get(), row, kReadPageData);
      events += static_cast<std::uint64_t>(rows);
    }
    if (events != options_.events || bytes_ == 0) {
      throw std::runtime_error("read " + std::to_string(events) + " events");
    }
    co_return events;
  }

 private:
  [[nodiscard]] const char* statement() const override { return kReadPage; }

  std::int64_t bytes_ = 0;
};

std::unique_ptr<Session> make(const asio::any_io_executor& executor, const DriverOptions& options,
                              std::uint64_t number) {
  if (options.operation == "read-stream") {
    return std::make_unique<ReadStream>(executor, options, number);
  }
  if (options.operation == "read-all" || options.operation == "catch-up") {
    return std::make_unique<ReadAll>(executor, options);
  }
  if (options.operation == "append-tags" || options.operation == "append-if") {
    return std::make_unique<AppendTagged>(executor, options, number);
  }
  return std::make_unique<Append>(executor, options, number);
}

}  // namespace
}  // namespace esker::peers

int main(int count, char** arguments) {
  return esker::peers::run_driver(
      count, arguments, "es-peer-postgres",
      {"load", "append", "append-tags", "append-if", "read-stream", "read-all", "catch-up"},
      esker::peers::make);
}
