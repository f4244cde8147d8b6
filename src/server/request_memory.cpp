#include "server/request_memory.hpp"

#include <utility>
#include <vector>

#include "base/assert.hpp"

namespace esker::server {

bool RequestMemory::take(std::uint64_t bytes, UniqueFunction<void()> granted) {
  ESKER_ASSERT(bytes <= bytes_max_);
  base::MutexLock lock(mutex_);
  if (waiting_.empty() && bytes <= bytes_max_ - in_use_) {
    in_use_ += bytes;
    return true;
  }
  waiting_.push_back({bytes, std::move(granted)});
  return false;
}

bool RequestMemory::try_take(std::uint64_t bytes) {
  base::MutexLock lock(mutex_);
  if (!waiting_.empty() || bytes > bytes_max_ - in_use_) return false;
  in_use_ += bytes;
  return true;
}

void RequestMemory::give_back(std::uint64_t bytes) {
  std::vector<UniqueFunction<void()>> granted;
  {
    base::MutexLock lock(mutex_);
    ESKER_ASSERT(bytes <= in_use_);
    in_use_ -= bytes;
    while (!waiting_.empty() && waiting_.front().bytes <= bytes_max_ - in_use_) {
      in_use_ += waiting_.front().bytes;
      granted.push_back(std::move(waiting_.front().granted));
      waiting_.pop_front();
    }
  }
  for (UniqueFunction<void()>& wake : granted) wake();
}

std::uint64_t RequestMemory::in_use() const {
  base::MutexLock lock(mutex_);
  return in_use_;
}

}  // namespace esker::server
