#include "server/loop.hpp"

#include <doctest/doctest.h>

#include <boost/asio/dispatch.hpp>

#include <future>
#include <memory>
#include <string>

namespace esker::server {
namespace {

TEST_SUITE("server") {
  TEST_CASE("loop: tasks run in the order of their posts, what follows a batch after it") {
    Loop loop;
    std::string order;
    loop.post([&] {
      order += "1 ";
      loop.after_batch([&] {
        order += "after ";
        loop.after_batch([&] { order += "its own "; });
      });
    });
    loop.post([&] { order += "2 "; });
    loop.start();
    std::promise<void> done;
    loop.post([&] {
      order += "3 ";
      loop.post([&] { done.set_value(); });
    });
    done.get_future().wait();
    loop.join();
    CHECK((order == "1 2 3 after its own " || order == "1 2 after its own 3 "));
  }

  TEST_CASE("loop: outside a batch what follows comes soon, too") {
    Loop loop;
    std::promise<void> done;
    boost::asio::dispatch(loop.context(), [&] { loop.after_batch([&] { done.set_value(); }); });
    loop.start();
    done.get_future().wait();
  }

  TEST_CASE("loop: a task that comes too late is dropped with what it owns") {
    const auto loop = std::make_shared<Loop>();
    loop->start();
    loop->join();
    // It owns the loop itself, which must not keep both alive.
    const auto owned = std::make_shared<int>(1);
    loop->post([loop, owned] { FAIL("the loop has ended"); });
    CHECK(owned.use_count() == 1);
    CHECK(loop.use_count() == 1);
  }
}

}  // namespace
}  // namespace esker::server
