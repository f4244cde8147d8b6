#include "store/waiters.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "sim/sim_clock.hpp"

namespace esker::store {
namespace {

/// Waiters for a position that the test moves; posted tasks run when the test says so.
class WaitersFixture {
 protected:
  void make_visible(std::uint64_t position) {
    visible_ = position;
    waiters_.on_visible();
  }

  /// Waits for more than `seen`; the answer goes to `answers`.
  void wait(Waiters::Place& place, std::uint64_t seen, std::vector<Errc>& answers) {
    waiters_.wait(place, Position(seen), [&answers](Result<void> result) {
      answers.push_back(result ? Errc{} : result.assume_error().code());
    });
  }

  void run_posted() {
    for (UniqueFunction<void()>& task : std::exchange(posted_, {})) task();
  }

  std::atomic<std::uint64_t> visible_ = 0;
  std::vector<UniqueFunction<void()>> posted_;
  sim::SimClock clock_;
  Waiters waiters_{[this] { return Position(visible_); },
                   [this](UniqueFunction<void()> task) { posted_.push_back(std::move(task)); },
                   clock_};
};

}  // namespace

TEST_SUITE("store") {
  TEST_CASE_FIXTURE(WaitersFixture,
                    "waiters: each is called once, when more than it has seen is visible") {
    Waiters::Place near;
    Waiters::Place far;
    std::vector<Errc> near_answers;
    std::vector<Errc> far_answers;
    wait(near, 0, near_answers);
    wait(far, 5, far_answers);
    make_visible(5);
    CHECK(near_answers == std::vector{Errc{}});
    CHECK(far_answers.empty());
    make_visible(6);
    make_visible(7);
    CHECK(near_answers.size() == 1);
    CHECK(far_answers == std::vector{Errc{}});
  }

  TEST_CASE_FIXTURE(WaitersFixture, "waiters: no handler runs inside the call that waits") {
    visible_ = 3;
    Waiters::Place place;
    std::vector<Errc> answers;
    wait(place, 2, answers);
    CHECK(answers.empty());
    run_posted();
    CHECK(answers == std::vector{Errc{}});
  }

  TEST_CASE_FIXTURE(WaitersFixture,
                    "waiters: a second wait at one place is busy, the first goes on") {
    Waiters::Place place;
    std::vector<Errc> first;
    std::vector<Errc> second;
    wait(place, 0, first);
    wait(place, 0, second);
    run_posted();
    CHECK(second == std::vector{Errc::busy});
    CHECK(first.empty());
    make_visible(1);
    CHECK(first == std::vector{Errc{}});
  }

  TEST_CASE_FIXTURE(WaitersFixture,
                    "waiters: cancelling ends this place's wait, now and later, and no other's") {
    Waiters::Place cancelled;
    Waiters::Place other;
    std::vector<Errc> answers;
    std::vector<Errc> other_answers;
    wait(cancelled, 0, answers);
    wait(other, 0, other_answers);
    waiters_.cancel(cancelled);
    CHECK(answers.empty());
    run_posted();
    CHECK(answers == std::vector{Errc::closed});
    wait(cancelled, 0, answers);
    run_posted();
    CHECK(answers == std::vector{Errc::closed, Errc::closed});
    CHECK(waiters_.wait_until(cancelled, Position(), waiters_.deadline({})).assume_error().code() ==
          Errc::closed);
    make_visible(1);
    CHECK(other_answers == std::vector{Errc{}});
  }

  TEST_CASE_FIXTURE(WaitersFixture, "waiters: closing ends all waits") {
    Waiters::Place places[3];
    std::vector<Errc> answers;
    for (Waiters::Place& place : places) wait(place, 0, answers);
    waiters_.close();
    run_posted();
    CHECK(answers == std::vector(3, Errc::closed));
  }

  TEST_CASE_FIXTURE(
      WaitersFixture,
      "waiters: a blocking wait ends with its time, and a wait for ever does not wrap") {
    Waiters::Place place;
    const Result<bool> over = waiters_.wait_until(place, Position(), clock_.monotonic());
    REQUIRE(over.has_value());
    CHECK_FALSE(over.assume_value());
    CHECK(waiters_.deadline(std::chrono::nanoseconds::max()) == std::chrono::nanoseconds::max());
  }

  TEST_CASE_FIXTURE(
      WaitersFixture,
      "waiters: a blocking wait is woken by what becomes visible, and by cancelling") {
    Waiters::Place place;
    const auto for_ever = std::chrono::nanoseconds::max();
    std::thread writer([this] { make_visible(1); });
    const Result<bool> more = waiters_.wait_until(place, Position(), for_ever);
    writer.join();
    REQUIRE(more.has_value());
    CHECK(more.assume_value());
    std::thread canceller([&] { waiters_.cancel(place); });
    CHECK(waiters_.wait_until(place, Position(1), for_ever).assume_error().code() == Errc::closed);
    canceller.join();
  }
}

}  // namespace esker::store
