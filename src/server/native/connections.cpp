#include "server/native/connections.hpp"

#include <algorithm>

#include "io/process.hpp"
#include "server/native/session.hpp"

namespace esker::server {
namespace {

/// Connections of one loop whose memory is worth to be given back: some megabytes.
constexpr std::size_t kCrowd = 256;

/// Fine enough for every deadline, and never often enough to be seen in an idle server.
std::chrono::milliseconds tick_interval(const ServerOptions& options) {
  const auto shortest =
      std::min({options.handshake_timeout, options.frame_timeout, options.idle_timeout,
                options.write_timeout, options.progress_interval, options.heartbeat_interval});
  return std::clamp(shortest / 4, std::chrono::milliseconds(5), std::chrono::milliseconds(500));
}

}  // namespace

Connections::Connections(std::shared_ptr<Loop> loop, std::shared_ptr<Shared> shared)
    : loop_(std::move(loop)),
      shared_(std::move(shared)),
      tick_interval_(tick_interval(shared_->options)),
      timer_(loop_->context()) {}

Connections::~Connections() = default;

void Connections::deal(boost::asio::ip::tcp::socket socket) {
  shared_->connections.fetch_add(1, std::memory_order_relaxed);
  count_.fetch_add(1, std::memory_order_relaxed);
  loop_->post([self = shared_from_this(), socket = std::move(socket)]() mutable {
    self->add(std::move(socket));
  });
}

void Connections::uncount() {
  shared_->connections.fetch_sub(1, std::memory_order_relaxed);
  count_.fetch_sub(1, std::memory_order_relaxed);
}

void Connections::add(boost::asio::ip::tcp::socket socket) {
  const std::uint64_t open = shared_->connections.load(std::memory_order_relaxed);
  const std::uint64_t told = shared_->connections_told.load(std::memory_order_relaxed);
  const std::uint64_t most = shared_->options.connections_max;
  // Some more are kept just to be told why, and take nobody's place; beyond those a connection is simply closed.
  const bool refused = open > most + told;
  if (refused) shared_->connections_refused.fetch_add(1, std::memory_order_relaxed);
  if (stopping_ || (refused && told >= told_max(most))) {
    uncount();
    return;  // closes the socket
  }
  auto session = std::make_shared<Session>(loop_, shared_, std::move(socket), weak_from_this());
  session->set_place(sessions_.size());
  sessions_.push_back(session);
  most_ = std::max(most_, sessions_.size());
  schedule_tick();
  if (refused) {
    shared_->connections_told.fetch_add(1, std::memory_order_relaxed);
    session->refuse();
  } else {
    session->start();
  }
}

void Connections::remove(Session& session) {
  uncount();
  if (session.refused()) shared_->connections_told.fetch_sub(1, std::memory_order_relaxed);
  const std::size_t place = session.place();
  sessions_.back()->set_place(place);
  std::swap(sessions_[place], sessions_.back());
  sessions_.pop_back();
  release_memory();
  finish_if_empty();
}

void Connections::release_memory() {
  if (most_ < kCrowd || sessions_.size() > most_ / 4) return;
  most_ = sessions_.size();
  loop_->post([] { io::release_free_memory(); });  // when this session has gone, too
}

void Connections::stop(UniqueFunction<void()> done) {
  stopping_ = true;
  done_ = std::move(done);
  // A copy: a session that has nothing to finish removes itself.
  for (const std::shared_ptr<Session>& session : std::vector(sessions_)) session->stop();
  finish_if_empty();
}

void Connections::abort() {
  for (const std::shared_ptr<Session>& session : std::vector(sessions_)) session->close();
}

void Connections::finish_if_empty() {
  if (!sessions_.empty()) return;
  timer_.cancel();
  if (stopping_ && done_) std::exchange(done_, {})();
}

void Connections::schedule_tick() {
  if (ticking_ || sessions_.empty()) return;
  ticking_ = true;
  timer_.expires_after(tick_interval_);
  timer_.async_wait([self = shared_from_this()](const boost::system::error_code&) {
    self->ticking_ = false;
    self->tick();
  });
}

void Connections::tick() {
  const auto now = std::chrono::steady_clock::now();
  // From the back, since a session that is over changes places with the last one.
  for (std::size_t i = sessions_.size(); i-- > 0;) {
    if (i < sessions_.size()) std::shared_ptr(sessions_[i])->tick(now);
  }
  schedule_tick();
}

}  // namespace esker::server
