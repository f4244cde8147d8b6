#include "server/server.hpp"

#include <algorithm>
#include <atomic>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "base/mutex.hpp"
#include "server/listener.hpp"
#include "server/native/connections.hpp"
#include "server/native/session.hpp"

namespace esker::server {
namespace {

constexpr std::size_t kThreadsMaxByDefault = 4;
constexpr std::size_t kThreadsMax = 256;
/// A connection's own state: session, coroutine, socket, and tables of some entries.
constexpr std::uint64_t kConnectionBytes = 8U << 10;
/// A read or subscription: its cursor with a batch of postings, its query, its place in the tables.
constexpr std::uint64_t kSubscriptionBytes = 16U << 10;
/// A request in memory, parsed, at most by the bytes of its frame: that of an append whose events are as small as can be. Its answer,
/// which comes when the parsed form is gone, has a conflict for each stream at most: less than that.
constexpr std::uint64_t kParsedFactor = 6;
/// The answer to an append apart from what the request's own bytes account for: text, and the type of the event that conflicted.
constexpr std::uint64_t kAnswerBytes = 1U << 10;

/// The process's own, the store's directory, lock, watermark and growing segments, those that are prepared, sealed and searched, and some
/// to spare. Sealed segments and runs are mapped, not held open.
constexpr std::uint64_t kStoreDescriptors = 48;
/// Of each thread's loop: epoll, its timer and its wake-up.
constexpr std::uint64_t kThreadDescriptors = 3;

std::size_t thread_count(const ServerOptions& options) {
  if (options.threads != 0) return options.threads;
  // The store's threads need a core, too: where all are taken a thread that is woken waits for a time slice, which is milliseconds.
  const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
  return std::clamp<std::size_t>(cores - 1, 1, kThreadsMaxByDefault);
}

Error option_error(const std::string& what) {
  return {Errc::invalid_argument, "server option " + what};
}

Result<void> check(const ServerOptions& options, const Limits& limits) {
  if (options.listen.empty()) return option_error("listen names no address");
  if (options.threads > kThreadsMax) return option_error("threads is beyond 256");
  if (options.connections_max == 0) return option_error("connections_max is 0");
  if (options.connection_appends_max == 0) return option_error("connection_appends_max is 0");
  if (options.connection_subscriptions_max == 0 || options.subscriptions_max == 0) {
    return option_error("subscriptions_max or connection_subscriptions_max is 0");
  }
  if (options.events_frame_bytes == 0) return option_error("events_frame_bytes is 0");
  const std::uint64_t frame_bytes_least = limits.commit_bytes_max + format::kFrameOverheadBytes;
  if (options.frame_bytes_max < frame_bytes_least) {
    return option_error("frame_bytes_max is below " + std::to_string(frame_bytes_least) +
                        ", which the store's largest commit needs");
  }
  if (options.request_bytes_max < options.frame_bytes_max) {
    return option_error("request_bytes_max is below frame_bytes_max: no such frame could be read");
  }
  using std::chrono::milliseconds;
  for (const milliseconds timeout :
       {options.handshake_timeout, options.frame_timeout, options.idle_timeout,
        options.write_timeout, options.stop_timeout, options.progress_interval}) {
    if (timeout <= milliseconds(0)) return option_error("with a time that is not positive");
  }
  if (options.idle_timeout > std::chrono::hours(24 * 30)) {
    return option_error("idle_timeout is beyond 30 days");
  }
  return ok();
}

}  // namespace

std::uint64_t memory_bytes_max(const ServerOptions& options) {
  const std::uint64_t connection =
      kConnectionBytes + Session::kInputBytes + kParsedFactor * options.connection_request_bytes +
      2 * options.connection_answer_bytes + kAnswerBytes * options.connection_appends_max;
  const std::uint64_t connections =
      options.connections_max + Connections::told_max(options.connections_max);
  return connections * connection + options.subscriptions_max * kSubscriptionBytes +
         kParsedFactor * options.request_bytes_max;
}

std::size_t connections_within(const ServerOptions& options, std::uint64_t descriptors_max) {
  const std::uint64_t others =
      kStoreDescriptors + options.listen.size() + kThreadDescriptors * thread_count(options);
  const auto needed = [others](std::uint64_t connections) {
    return others + connections + Connections::told_max(connections);
  };
  if (needed(options.connections_max) <= descriptors_max) return options.connections_max;
  if (needed(1) > descriptors_max) return 0;
  // Those that are told that there are too many are one in 16, and not less than 16.
  std::uint64_t fitting = (descriptors_max - others) * 16 / 17;
  while (needed(fitting) > descriptors_max) --fitting;
  return fitting;
}

/// What a running server consists of: listeners on the first loop, and on each loop its share of the connections.
class Server::Core {
 public:
  Core(Store& store, const ServerOptions& options, Logger logger)
      : shared_(std::make_shared<Shared>(store, options, std::move(logger))) {
    for (std::size_t i = 0; i < thread_count(options); ++i) {
      auto loop = std::make_shared<Loop>();
      workers_.push_back({loop, std::make_shared<Connections>(loop, shared_)});
    }
  }

  ~Core() { stop(); }

  Result<void> start() {
    for (const std::string& address : shared_->options.listen) {
      ESKER_TRY(std::shared_ptr<Listener> listener,
                Listener::open(workers_.front().loop, shared_, address, [this] { return pick(); }));
      addresses_.push_back(listener->address());
      listeners_.push_back(std::move(listener));
    }
    for (const Worker& worker : workers_) worker.loop->start();
    started_ = true;
    workers_.front().loop->post([this] {
      for (const std::shared_ptr<Listener>& listener : listeners_) listener->start();
    });
    return ok();
  }

  void stop() {
    if (stopped_.exchange(true)) return;
    {
      base::MutexLock lock(mutex_);
      busy_workers_ = workers_.size();
    }
    workers_.front().loop->post([this] {
      for (const std::shared_ptr<Listener>& listener : listeners_) listener->stop();
    });
    for (const Worker& worker : workers_) {
      worker.loop->post([this, connections = worker.connections] {
        connections->stop([this] { worker_is_done(); });
      });
    }
    if (started_ && !wait_for_workers(shared_->options.stop_timeout)) {
      shared_->log(LogLevel::warning,
                   "not all connections could be finished in time; closing them");
      for (const Worker& worker : workers_) {
        worker.loop->post([connections = worker.connections] { connections->abort(); });
      }
    }
    for (const Worker& worker : workers_) worker.loop->join();
  }

  [[nodiscard]] const std::vector<std::string>& addresses() const { return addresses_; }
  [[nodiscard]] const Shared& shared() const { return *shared_; }

 private:
  struct Worker {
    std::shared_ptr<Loop> loop;
    std::shared_ptr<Connections> connections;
  };

  /// Connections stay where they are, so each new one goes where there are fewest.
  std::shared_ptr<Connections> pick() const {
    return std::min_element(workers_.begin(), workers_.end(),
                            [](const Worker& a, const Worker& b) {
                              return a.connections->count() < b.connections->count();
                            })
        ->connections;
  }

  void worker_is_done() {
    base::MutexLock lock(mutex_);
    --busy_workers_;
    worker_done_.notify_all();
  }

  /// False when `timeout` passed before.
  bool wait_for_workers(std::chrono::milliseconds timeout) {
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    base::MutexLock lock(mutex_);
    while (busy_workers_ > 0) {
      const auto now = std::chrono::steady_clock::now();
      if (now >= deadline) return false;
      worker_done_.wait_for(mutex_, deadline - now);
    }
    return true;
  }

  const std::shared_ptr<Shared> shared_;
  std::vector<Worker> workers_;
  std::vector<std::shared_ptr<Listener>> listeners_;  // on the first worker's loop
  std::vector<std::string> addresses_;
  bool started_ = false;
  std::atomic<bool> stopped_ = false;
  base::Mutex mutex_;
  base::Condition worker_done_;
  std::size_t busy_workers_ ESKER_GUARDED_BY(mutex_) = 0;
};

Server::Server(std::unique_ptr<Core> core) : core_(std::move(core)) {}
Server::Server(Server&&) noexcept = default;
Server& Server::operator=(Server&&) noexcept = default;
Server::~Server() = default;

Result<Server> Server::start(Store& store, const ServerOptions& options, Logger logger) {
  ESKER_TRY(check(options, store.info().limits));
  try {
    auto core = std::make_unique<Core>(store, options, std::move(logger));
    ESKER_TRY(core->start());
    return Server(std::move(core));
  } catch (const std::system_error& error) {  // Asio's set-up, or a thread
    return Error(Errc::io_error, std::string("cannot set up the server: ") + error.what());
  }
}

const std::vector<std::string>& Server::addresses() const { return core_->addresses(); }

ServerStats Server::stats() const {
  const Shared& shared = core_->shared();
  ServerStats stats;
  stats.connections = shared.connections.load(std::memory_order_relaxed);
  stats.connections_accepted = shared.connections_accepted.load(std::memory_order_relaxed);
  stats.connections_refused = shared.connections_refused.load(std::memory_order_relaxed);
  stats.accept_errors = shared.accept_errors.load(std::memory_order_relaxed);
  stats.protocol_errors = shared.protocol_errors.load(std::memory_order_relaxed);
  stats.subscriptions = shared.subscriptions.load(std::memory_order_relaxed);
  stats.requests = shared.requests.load(std::memory_order_relaxed);
  stats.request_bytes = shared.request_memory.in_use();
  return stats;
}

void Server::stop() { core_->stop(); }

}  // namespace esker::server
