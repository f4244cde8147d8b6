#include "server/loop.hpp"

#include <boost/asio/post.hpp>

namespace esker::server {

Loop::Loop() : work_(context_.get_executor()) {}

Loop::~Loop() { join(); }

void Loop::start() {
  thread_ = std::thread([this] { context_.run(); });
}

void Loop::join() {
  work_.reset();
  if (thread_.joinable()) thread_.join();
  // What was posted too late is dropped without the lock held: it may own what posts again when it goes.
  std::vector<UniqueFunction<void()>> dropped;
  base::MutexLock lock(mutex_);
  ended_ = true;
  std::swap(dropped, posted_);
  lock.unlock();
}

void Loop::post(UniqueFunction<void()> task) {
  bool first = false;
  {
    base::MutexLock lock(mutex_);
    if (ended_) return;  // by the time `task` goes, the lock has been let go of
    first = posted_.empty();
    posted_.push_back(std::move(task));
  }
  if (first) boost::asio::post(context_, [this] { run_batch(); });
}

void Loop::after_batch(UniqueFunction<void()> task) {
  after_.push_back(std::move(task));
  if (in_batch_ || after_posted_) return;
  after_posted_ = true;
  boost::asio::post(context_, [this] {
    after_posted_ = false;
    run_after();
  });
}

void Loop::run_batch() {
  {
    base::MutexLock lock(mutex_);
    std::swap(batch_, posted_);
  }
  in_batch_ = true;
  for (UniqueFunction<void()>& task : batch_) task();
  batch_.clear();
  run_after();
}

void Loop::run_after() {
  // Tasks may add tasks; those run in this round too.
  in_batch_ = true;
  for (std::size_t i = 0; i < after_.size(); ++i) {
    UniqueFunction<void()> task = std::move(after_[i]);
    task();
  }
  after_.clear();
  in_batch_ = false;
}

}  // namespace esker::server
