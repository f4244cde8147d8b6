#include "common/signals.hpp"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <utility>

#include "base/assert.hpp"

namespace esker::tools {

namespace {

constexpr int kEnd = SIGUSR1;  // from the destructor to the thread

bool is_ignored(int signal) {
  struct sigaction action {};
  ::sigaction(signal, nullptr, &action);
  return action.sa_handler == SIG_IGN;
}

}  // namespace

Signals::Signals() : descriptor_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  ESKER_ASSERT(descriptor_ >= 0);
  ::signal(SIGPIPE, SIG_IGN);
  ::sigemptyset(&watched_);
  ::sigaddset(&watched_, kEnd);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    if (!is_ignored(signal)) ::sigaddset(&watched_, signal);
  }
  const int blocked = ::pthread_sigmask(SIG_BLOCK, &watched_, nullptr);
  ESKER_ASSERT(blocked == 0);
  thread_ = std::thread([this] { run(); });
}

Signals::~Signals() {
  {
    base::MutexLock lock(mutex_);
    ending_ = true;
    changed_.notify_all();
  }
  ::pthread_kill(thread_.native_handle(), kEnd);
  thread_.join();
  ::close(descriptor_);
}

bool Signals::wait_for(std::chrono::milliseconds timeout) const {
  pollfd waited{descriptor_, POLLIN, 0};
  ::poll(&waited, 1, static_cast<int>(timeout.count()));
  return stopped();
}

void Signals::on_stop(UniqueFunction<void()> handler) {
  base::MutexLock lock(mutex_);
  while (running_) changed_.wait(mutex_);
  handler_ = std::move(handler);
  changed_.notify_all();
}

void Signals::run() {
  int signal = 0;
  do {
    ::sigwait(&watched_, &signal);
    base::MutexLock lock(mutex_);
    if (signal == kEnd && ending_) return;
  } while (signal == kEnd);

  // From now on a signal does what it does by default: whoever sends a second one does not want to wait.
  sigset_t deadly = watched_;
  ::sigdelset(&deadly, kEnd);
  ::pthread_sigmask(SIG_UNBLOCK, &deadly, nullptr);
  bool handled = false;
  {
    base::MutexLock lock(mutex_);
    handled = static_cast<bool>(handler_);
  }
  if (!handled) ::raise(signal);
  stopped_.store(true, std::memory_order_release);
  ::eventfd_write(descriptor_, 1);
  call_handler();
}

void Signals::call_handler() {
  base::MutexLock lock(mutex_);
  // A handler that takes the place of one that has been called is called as well: it stands for work begun after the signal.
  while (!ending_) {
    if (!handler_) {
      changed_.wait(mutex_);
      continue;
    }
    UniqueFunction<void()> handler = std::exchange(handler_, {});
    running_ = true;
    lock.unlock();
    handler();
    lock.lock();
    running_ = false;
    changed_.notify_all();
  }
}

}  // namespace esker::tools
