#include "client/ask.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include "base/query_bounds.hpp"
#include "client/engine.hpp"

namespace esker::client {
namespace {

/// Bodies up to here are encoded at all; the server's own bound, told in its welcome, is lower.
constexpr std::uint64_t kBodyBytesMax = 1ULL << 31;

std::shared_ptr<Request> new_request(Engine& engine, format::MessageKind kind) {
  auto request = std::make_shared<Request>();
  request->number = engine.next_number();
  request->kind = kind;
  request->deadline = Engine::Clock::now() + engine.options().request_timeout;
  return request;
}

Error bad_name(std::string_view what, std::size_t bytes, std::size_t bytes_max) {
  return {Errc::invalid_argument, std::string(what) + " of " + std::to_string(bytes) +
                                      " bytes; 1.." + std::to_string(bytes_max) + " are allowed"};
}

/// What does not fit into the fields of an append message.
Result<void> check_fields(const NewCommit& commit) {
  if (commit.condition != nullptr) {
    const Filter& filter = commit.condition->filter;
    ESKER_TRY(base::check_bounds(filter.selector, filter.items));
  }
  std::uint64_t bytes = 0;
  for (const StreamAppend& stream : commit.streams) {
    if (stream.stream.size() > kStreamNameBytesMax) {
      return bad_name("stream name", stream.stream.size(), kStreamNameBytesMax);
    }
    for (const NewEvent& event : stream.events) {
      if (event.type.size() > kEventTypeBytesMax) {
        return bad_name("event type", event.type.size(), kEventTypeBytesMax);
      }
      if (event.tags.encoded().size() > std::numeric_limits<std::uint16_t>::max()) {
        return bad_name("tags", event.tags.encoded().size(), kTagsOfEventMax * kTagBytesMax);
      }
      bytes += event.data.size() + event.metadata.size();
    }
  }
  if (bytes >= kBodyBytesMax || format::body_bytes(format::AppendRequest{commit}) > kBodyBytesMax) {
    return Error(Errc::too_large, "append of more than " + std::to_string(kBodyBytesMax) +
                                      " bytes; split it into several");
  }
  return ok();
}

/// On an error `handler` is as it was.
template <class T>
Result<void> submit(Engine& engine, std::shared_ptr<Request> request, Handler<T>&& handler) {
  request->handler = std::move(handler);
  Result<void> submitted = engine.submit(request);
  if (!submitted) handler = std::move(std::get<Handler<T>>(request->handler));
  return submitted;
}

}  // namespace

Result<void> ask_append(Engine& engine, const NewCommit& commit, Handler<AppendResult>&& handler) {
  ESKER_TRY(check_fields(commit));
  std::shared_ptr<Request> request = new_request(engine, format::MessageKind::append);
  format::append_frame(request->bytes, request->number, format::AppendRequest{commit});
  request->streams = commit.streams.size();
  return submit(engine, std::move(request), std::move(handler));
}

Result<void> ask_info(Engine& engine, Handler<StoreInfo>&& handler) {
  std::shared_ptr<Request> request = new_request(engine, format::MessageKind::info);
  format::append_frame(request->bytes, request->number, format::InfoRequest{});
  return submit(engine, std::move(request), std::move(handler));
}

Result<void> ask_compaction(Engine& engine, const format::CompactRequest& compact,
                            Handler<CompactionStatus>&& handler) {
  std::shared_ptr<Request> request = new_request(engine, format::MessageKind::compact);
  format::append_frame(request->bytes, request->number, compact);
  return submit(engine, std::move(request), std::move(handler));
}

Result<void> ask_proof(Engine& engine, const format::ProveRequest& prove,
                       Handler<format::ProofReply>&& handler) {
  std::shared_ptr<Request> request = new_request(engine, format::MessageKind::prove);
  format::append_frame(request->bytes, request->number, prove);
  return submit(engine, std::move(request), std::move(handler));
}

Result<void> ask_ping(Engine& engine, Handler<void>&& handler) {
  std::shared_ptr<Request> request = new_request(engine, format::MessageKind::ping);
  format::append_frame(request->bytes, request->number, format::Ping{});
  return submit(engine, std::move(request), std::move(handler));
}

std::shared_ptr<Feed> begin_feed(const std::shared_ptr<Engine>& engine, Feed::Kind kind,
                                 const Query& query) {
  auto feed = std::make_shared<Feed>(engine, engine->next_number(), kind, query,
                                     engine->options().window_bytes);
  if (Result<void> bounds = base::check_bounds(query); !bounds) {
    feed->failed(std::move(bounds).assume_error());
  } else {
    engine->begin(feed);
  }
  return feed;
}

// What the templates of the public header call: the same, with an error told to the handler.

namespace {

/// Begins an operation and answers by its handler in either case.
template <class T, class Ask>
void ask_or_answer(Engine& engine, Handler<T> handler, Ask ask) {
  Result<void> asked = ask(std::move(handler));
  if (asked) return;
  engine.post([handler = std::move(handler), error = std::move(asked).assume_error()]() mutable {
    handler(std::move(error));
  });
}

}  // namespace

const boost::asio::any_io_executor& executor_of(const Engine& engine) {
  return engine.handler_executor();
}

const boost::asio::any_io_executor& executor_of(const Feed& feed) {
  return feed.engine().handler_executor();
}

void append(Engine& engine, const NewCommit& commit, Handler<AppendResult> handler) {
  ask_or_answer(engine, std::move(handler), [&](Handler<AppendResult>&& taken) {
    return ask_append(engine, commit, std::move(taken));
  });
}

void info(Engine& engine, Handler<StoreInfo> handler) {
  ask_or_answer(engine, std::move(handler),
                [&](Handler<StoreInfo>&& taken) { return ask_info(engine, std::move(taken)); });
}

void ping(Engine& engine, Handler<void> handler) {
  ask_or_answer(engine, std::move(handler),
                [&](Handler<void>&& taken) { return ask_ping(engine, std::move(taken)); });
}

void next(const std::shared_ptr<Feed>& feed, Handler<std::optional<EventView>> handler) {
  feed->async_take(std::move(handler));
}

}  // namespace esker::client
