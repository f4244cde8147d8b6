#include "esker/client.hpp"

#include <utility>

#include "base/mutex.hpp"
#include "client/ask.hpp"
#include "client/engine.hpp"
#include "client/feed.hpp"

namespace esker {
namespace {

/// An answer that a thread waits for.
template <class T>
class Awaited {
 public:
  /// The handler to call; the object must be there until `wait` has returned.
  client::Handler<T> handler() {
    return [this](Result<T> result) {
      base::MutexLock lock(mutex_);
      result_.emplace(std::move(result));
      there_.notify_one();  // under the lock: whoever waits destroys this object next
    };
  }

  Result<T> wait() {
    base::MutexLock lock(mutex_);
    while (!result_) there_.wait(mutex_);
    return std::move(*result_);
  }

 private:
  base::Mutex mutex_;
  base::Condition there_;
  std::optional<Result<T>> result_ ESKER_GUARDED_BY(mutex_);
};

Result<format::ProofReply> prove(client::Engine& engine, const format::ProveRequest& asked) {
  Awaited<format::ProofReply> answer;
  ESKER_TRY(client::ask_proof(engine, asked, answer.handler()));
  ESKER_TRY(format::ProofReply reply, answer.wait());
  if (reply.what == asked.what && reply.first == asked.first &&
      reply.root == asked.root.value_or(reply.root)) {
    return reply;
  }
  return Error(Errc::protocol, "the server answered with another proof than it was asked for");
}

}  // namespace

Result<Client> Client::connect(const ClientOptions& options) {
  ESKER_TRY(std::shared_ptr<client::Engine> engine, client::Engine::make(options, std::nullopt));
  Awaited<void> first;
  ESKER_TRY(engine->start(first.handler()));
  Client client(std::move(engine));
  ESKER_TRY(first.wait());
  return client;
}

Result<Client> Client::connect(std::string_view server) {
  ClientOptions options;
  options.server = server;
  return connect(options);
}

Result<Client> Client::start(boost::asio::any_io_executor executor, const ClientOptions& options) {
  ESKER_TRY(std::shared_ptr<client::Engine> engine,
            client::Engine::make(options, std::move(executor)));
  ESKER_TRY(engine->start({}));
  return Client(std::move(engine));
}

Client::Client(std::shared_ptr<client::Engine> engine) : engine_(std::move(engine)) {}

Client::Client(Client&&) noexcept = default;

Client& Client::operator=(Client&& other) noexcept {
  if (this != &other) {
    close();
    engine_ = std::move(other.engine_);
  }
  return *this;
}

Client::~Client() { close(); }

void Client::close() {
  if (engine_) engine_->close();
}

Result<AppendResult> Client::append(const NewCommit& commit) {
  Awaited<AppendResult> answer;
  ESKER_TRY(client::ask_append(*engine_, commit, answer.handler()));
  return answer.wait();
}

Result<AppendResult> Client::append(std::string_view stream, Expected expected,
                                    std::span<const NewEvent> events) {
  const StreamAppend append{stream, expected, events};
  return this->append(std::span(&append, 1));
}

Result<StoreInfo> Client::info() {
  Awaited<StoreInfo> answer;
  ESKER_TRY(client::ask_info(*engine_, answer.handler()));
  return answer.wait();
}

Result<CompactionStatus> Client::start_compaction(const CompactionOptions& options) {
  Awaited<CompactionStatus> answer;
  ESKER_TRY(client::ask_compaction(*engine_, {true, options}, answer.handler()));
  return answer.wait();
}

Result<CompactionStatus> Client::compaction() {
  Awaited<CompactionStatus> answer;
  ESKER_TRY(client::ask_compaction(*engine_, {}, answer.handler()));
  return answer.wait();
}

Result<Root> Client::root(std::optional<Position> position) {
  ESKER_TRY(const format::ProofReply reply,
            prove(*engine_, {format::ProofKind::root, {}, position}));
  return Root{reply.root, reply.hash};
}

Result<InclusionProof> Client::prove_inclusion(Position position, std::optional<Position> root) {
  ESKER_TRY(format::ProofReply reply,
            prove(*engine_, {format::ProofKind::inclusion, position, root}));
  return InclusionProof{position, reply.root, reply.hash, std::move(reply.path)};
}

Result<ConsistencyProof> Client::prove_consistency(Position from, std::optional<Position> to) {
  ESKER_TRY(format::ProofReply reply, prove(*engine_, {format::ProofKind::consistency, from, to}));
  return ConsistencyProof{from, reply.root, std::move(reply.path)};
}

Result<void> Client::ping() {
  Awaited<void> answer;
  ESKER_TRY(client::ask_ping(*engine_, answer.handler()));
  return answer.wait();
}

EventReader Client::read(const Query& query) {
  return EventReader(client::begin_feed(engine_, client::Feed::Kind::read, query));
}

EventSubscription Client::subscribe(const Query& query) {
  return EventSubscription(client::begin_feed(engine_, client::Feed::Kind::subscription, query));
}

}  // namespace esker
