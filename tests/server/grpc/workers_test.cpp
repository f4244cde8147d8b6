#include "server/grpc/workers.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <future>

namespace esker::server::kurrent {
namespace {

TEST_SUITE("server") {
  TEST_CASE("workers: what is posted runs, also from tasks, until they are joined") {
    Workers workers(2);
    std::promise<void> nested;
    workers.post([&] { workers.post([&] { nested.set_value(); }); });
    nested.get_future().wait();
    std::atomic<int> ran{0};
    for (int i = 0; i < 100; ++i) workers.post([&ran] { ++ran; });
    workers.join();
    CHECK(ran == 100);
    workers.post([&ran] { ++ran; });
    workers.join();
    CHECK(ran == 100);
  }
}

}  // namespace
}  // namespace esker::server::kurrent
