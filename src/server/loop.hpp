#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <thread>
#include <vector>

#include "base/mutex.hpp"
#include "esker/function.hpp"

namespace esker::server {

/// A thread that serves its share of the connections, with an `io_context` that only it runs: what belongs to a connection needs neither
/// lock nor strand, and an answer costs no hop between threads but the one from the store's.
///
/// One context for all threads was the alternative. It lets idle threads take over, but every handler then passes a lock and a strand, and
/// a lone append wakes one more thread; connections are dealt out evenly instead.
class Loop {
 public:
  Loop();
  /// Joins the thread after all that keeps it at work is done.
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void start();

  /// Lets the thread end when no operation is pending any more, and waits for that. Tasks that are posted afterwards are dropped.
  void join();

  [[nodiscard]] boost::asio::io_context& context() { return context_; }

  /// Runs `task` soon on the loop's thread. Any thread. Tasks run in the order of their posts and in batches: one wake-up and one
  /// allocation less for each than with `asio::post`, which counts when a group commit answers 64 connections at once.
  void post(UniqueFunction<void()> task);

  /// Runs `task` on the loop's thread after the batch, or the handler, that is running now: writes what several answers have put together.
  /// Only from the loop's thread.
  void after_batch(UniqueFunction<void()> task);

 private:
  void run_batch();
  void run_after();

  boost::asio::io_context context_{1};  // one thread runs it
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::thread thread_;

  base::Mutex mutex_;
  std::vector<UniqueFunction<void()>> posted_ ESKER_GUARDED_BY(mutex_);
  bool ended_ ESKER_GUARDED_BY(mutex_) = false;

  std::vector<UniqueFunction<void()>> batch_;  // being run; keeps its room
  std::vector<UniqueFunction<void()>> after_;
  bool in_batch_ = false;
  bool after_posted_ = false;
};

}  // namespace esker::server
