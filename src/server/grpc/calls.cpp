#include "server/grpc/calls.hpp"

namespace esker::server::kurrent {

bool Calls::add(OpenCall& call) {
  base::MutexLock lock(mutex_);
  if (stopping_ || calls_.size() >= calls_max_) return false;
  calls_.insert(&call);
  return true;
}

void Calls::remove(OpenCall& call) {
  base::MutexLock lock(mutex_);
  calls_.erase(&call);
  removed_.notify_all();  // under the lock: whoever waits may take this object with it
}

void Calls::stop() {
  base::MutexLock lock(mutex_);
  stopping_ = true;
  // Under the lock, so that none of them goes meanwhile.
  for (OpenCall* call : calls_) call->stop();
}

void Calls::wait() {
  base::MutexLock lock(mutex_);
  while (!calls_.empty()) removed_.wait(mutex_);
}

std::size_t Calls::count() const {
  base::MutexLock lock(mutex_);
  return calls_.size();
}

bool Calls::stopping() const {
  base::MutexLock lock(mutex_);
  return stopping_;
}

}  // namespace esker::server::kurrent
