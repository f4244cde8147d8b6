#include "server/grpc/workers.hpp"

#include <utility>

#include "server/loop.hpp"

namespace esker::server::kurrent {

Workers::Workers(std::size_t threads) {
  for (std::size_t i = 0; i < threads; ++i) {
    loops_.push_back(std::make_unique<Loop>());
    loops_.back()->start();
  }
}

Workers::~Workers() { join(); }

void Workers::post(UniqueFunction<void()> task) {
  // Counting only deals them out, so relaxed order does.
  const std::size_t turn = next_.fetch_add(1, std::memory_order_relaxed);
  loops_[turn % loops_.size()]->post(std::move(task));
}

void Workers::join() {
  for (const std::unique_ptr<Loop>& loop : loops_) loop->join();
}

}  // namespace esker::server::kurrent
