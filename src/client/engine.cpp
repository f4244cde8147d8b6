#include "client/engine.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/system_executor.hpp>
#include <random>
#include <system_error>
#include <utility>

#include "base/assert.hpp"
#include "client/feed.hpp"

// What any thread may call, and the engine's life. What it does on its executor: engine_traffic.cpp and engine_connection.cpp.
namespace esker::client {
namespace {

namespace asio = boost::asio;

Error closed_error() { return {Errc::closed, "the client has been closed"}; }

/// `options` with durations that can be added to a point in time.
ClientOptions bounded(ClientOptions options) {
  constexpr std::chrono::milliseconds kForever = std::chrono::hours(24 * 365);
  for (std::chrono::milliseconds* const duration :
       {&options.connect_timeout, &options.request_timeout, &options.backoff_min,
        &options.backoff_max, &options.ping_interval, &options.stall_timeout}) {
    *duration = std::clamp(*duration, std::chrono::milliseconds(0), kForever);
  }
  options.ping_interval = std::max(options.ping_interval, std::chrono::milliseconds(1));
  return options;
}

}  // namespace

Result<std::shared_ptr<Engine>> Engine::make(const ClientOptions& options,
                                             std::optional<asio::any_io_executor> executor) {
  std::optional<base::HostPort> address = base::parse_host_port(options.server);
  if (!address || address->port == 0) {
    return Error(Errc::invalid_argument, "server \"" + options.server +
                                             "\" is not HOST:PORT or [IPV6]:PORT with a port of "
                                             "1..65535");
  }
  try {
    return std::shared_ptr<Engine>(
        new Engine(options, std::move(*address), std::move(executor)));  // private constructor
  } catch (const std::system_error& error) {  // Asio's set-up: too many open files
    return Error(Errc::io_error, std::string("cannot set up a client: ") + error.what());
  }
}

Engine::Engine(const ClientOptions& options, base::HostPort address,
               std::optional<asio::any_io_executor> executor)
    : options_(bounded(options)),
      address_(std::move(address)),
      own_thread_(executor ? nullptr : std::make_unique<OwnThread>()),
      handler_executor_(executor ? std::move(*executor)
                                 : asio::any_io_executor(own_thread_->context.get_executor())),
      executor_(own_thread_ ? handler_executor_
                            : asio::any_io_executor(asio::make_strand(handler_executor_))),
      work_(asio::prefer(executor_, asio::execution::outstanding_work.tracked)),
      backoff_(options_.backoff_min, options_.backoff_max, std::random_device()()),
      retry_timer_(executor_),
      due_timer_(executor_) {}

Engine::~Engine() {
  if (connection_) connection_->close();  // the executor was destroyed before the client was closed
}

Result<void> Engine::start(Handler<void> on_first) {
  on_first_ = std::move(on_first);
  // Not kept alive by it: without a thread this stays in the context, which the engine owns.
  asio::post(executor_, [weak = weak_from_this()] {
    if (const std::shared_ptr<Engine> self = weak.lock(); self && !self->shut_) {
      self->connect_again();
    }
  });
  if (!own_thread_) return ok();
  try {
    own_thread_->thread = std::thread([&context = own_thread_->context] { context.run(); });
  } catch (const std::system_error& error) {
    return Error(Errc::io_error, std::string("cannot start the client's thread: ") + error.what());
  }
  return ok();
}

Result<void> Engine::submit(std::shared_ptr<Request> request) {
  const std::uint64_t bytes = request->bytes.size();
  if (bytes > options_.in_flight_bytes_max) {
    return Error(Errc::too_large, "request of " + std::to_string(bytes) +
                                      " bytes; in_flight_bytes_max is " +
                                      std::to_string(options_.in_flight_bytes_max));
  }
  const std::uint64_t before = waiting_bytes_.fetch_add(bytes, std::memory_order_relaxed);
  if (before + bytes > options_.in_flight_bytes_max) {
    waiting_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
    return Error(Errc::busy, "requests of " + std::to_string(before) +
                                 " bytes wait for their answers already, and one of " +
                                 std::to_string(bytes) +
                                 " more does not fit into in_flight_bytes_max, " +
                                 std::to_string(options_.in_flight_bytes_max));
  }
  bool schedule = false;
  {
    base::MutexLock lock(mutex_);
    if (closing_) {
      waiting_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
      return closed_error();
    }
    commands_.push_back({std::move(request), nullptr, false});
    schedule = !std::exchange(scheduled_, true);
  }
  if (schedule) schedule_drain();
  return ok();
}

void Engine::begin(const std::shared_ptr<Feed>& feed) { add_feed_command({nullptr, feed, true}); }

void Engine::touch(const std::shared_ptr<Feed>& feed) { add_feed_command({nullptr, feed, false}); }

void Engine::add_feed_command(Command command) {
  bool schedule = false;
  bool closed = false;
  {
    base::MutexLock lock(mutex_);
    closed = closing_;
    if (!closed) {
      commands_.push_back(command);
      schedule = !std::exchange(scheduled_, true);
    }
  }
  if (schedule) schedule_drain();
  if (closed) {
    post([feed = std::move(command.feed)] { feed->close(); });
  }
}

/// One wake-up for all commands that come before it is heard.
void Engine::schedule_drain() {
  // Not kept alive by it: when the own thread ends in between, this stays in the context, which the engine owns.
  asio::post(executor_, [weak = weak_from_this()] {
    if (const std::shared_ptr<Engine> self = weak.lock()) self->drain();
  });
}

void Engine::post(UniqueFunction<void()> task) {
  base::MutexLock lock(mutex_);
  if (own_thread_ended_) {
    asio::post(asio::system_executor(), std::move(task));
  } else {
    asio::post(executor_, std::move(task));
  }
}

const asio::any_io_executor& Engine::handler_executor() const {
  static const asio::any_io_executor system{asio::system_executor()};
  return own_thread_ended_ ? system : handler_executor_;
}

std::vector<Engine::Command> Engine::take_commands() {
  base::MutexLock lock(mutex_);
  scheduled_ = false;
  return std::exchange(commands_, {});
}

void Engine::close() {
  bool first = false;
  {
    base::MutexLock lock(mutex_);
    first = !std::exchange(closing_, true);
  }
  if (first) {
    asio::post(executor_, [self = shared_from_this()] { self->shut(); });
  }
  if (!own_thread_) return;
  ESKER_ASSERT(own_thread_->thread.get_id() !=
               std::this_thread::get_id());  // it waits for that thread
  std::call_once(own_thread_->joined, [this] {
    own_thread_->thread.join();
    {
      base::MutexLock lock(mutex_);
      own_thread_ended_ = true;
    }
    // What was posted between the thread's last look and the line above.
    own_thread_->context.restart();
    own_thread_->context.poll();
  });
}

/// The end of the engine's work: everything that waits is answered.
void Engine::shut() {
  shut_ = true;
  for (Command& command : take_commands()) take_on(std::move(command));
  if (connection_) connection_->close();
  connection_ = nullptr;
  ready_ = false;
  retry_timer_.cancel();
  due_timer_.cancel();
  const Error error = closed_error();
  answer_first(error.clone());
  for (auto& [number, request] : std::exchange(requests_, {})) {
    if (request->sent) request->perhaps_done = true;
    waiting_bytes_ -= request->bytes.size();
    answer(*request, error.clone());
  }
  for (auto& [number, entry] : std::exchange(feeds_, {})) entry.feed->close();
  work_ = asio::any_io_executor();
}

}  // namespace esker::client
