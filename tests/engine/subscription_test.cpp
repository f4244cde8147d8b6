#include "esker/subscription.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <string>
#include <thread>

#include "esker/store.hpp"
#include "support/sim_store.hpp"
#include "support/temporary_directory.hpp"

namespace esker::tests {
namespace {

using std::chrono::seconds;

Store open(const support::TemporaryDirectory& directory) {
  StoreOptions options;
  options.segment_bytes = options.segment_bytes_first = 64 << 10;
  options.durability = Durability::none();
  auto opened = Store::open(directory / "store", options);
  REQUIRE_MESSAGE(opened.has_value(), opened.assume_error().message());
  return std::move(opened).assume_value();
}

void append(Store& store, const std::string& stream, std::uint64_t id,
            const std::string& type = "t") {
  const OwnedCommit commit({{stream, Expected::any(), events(1, id, type, 300)}});
  REQUIRE(store.append(commit.view()));
}

/// A query with bounds, and the positions that a subscription to it gives before it ends.
struct Bounded {
  std::string what;
  Query query;
  std::vector<std::uint64_t> positions;
};

/// Such a subscription.
class Running {
 public:
  Running(store::Engine& engine, const Query& query) : walk_(engine.subscribe(query).value()) {}

  void poll() {
    while (!ended_) {
      const auto event = walk_->poll().value();
      ended_ = walk_->finished();
      if (!event) return;
      positions_.push_back(event->position.value());
    }
  }

  void check_ended(const std::vector<std::uint64_t>& positions) {
    CHECK(positions_ == positions);
    CHECK(ended_);
    const auto next = walk_->next(std::chrono::nanoseconds(0));
    REQUIRE_FALSE(next.has_value());
    CHECK(next.error().code() == Errc::closed);
  }

 private:
  std::unique_ptr<store::SubscriptionWalk> walk_;
  std::vector<std::uint64_t> positions_;
  bool ended_ = false;
};

}  // namespace

TEST_SUITE("engine") {
  // F28.
  TEST_CASE("subscription: from catching up to live nothing is missed, doubled or out of order") {
    constexpr std::uint64_t kBefore = 300;
    constexpr std::uint64_t kPerWriter = 300;
    constexpr std::uint64_t kWriters = 3;
    support::TemporaryDirectory directory;
    Store store = open(directory);
    for (std::uint64_t i = 0; i < kBefore; ++i)
      append(store, "order-" + std::to_string(i % 4), 1 + i);

    const std::vector<Filter> filters{{},
                                      {Selector::stream("order-1")},
                                      {Selector::category("order")},
                                      {{}, {{.types = {"paid"}}}}};
    std::vector<std::future<std::vector<ModelEvent>>> seen;
    for (const Filter& filter : filters) {
      seen.push_back(std::async(std::launch::async, [&store, filter] {
        std::vector<ModelEvent> delivered;
        auto subscription = store.subscribe({.selector = filter.selector, .items = filter.items});
        if (!subscription) return delivered;
        while (true) {
          const auto event = subscription.assume_value().next(seconds(30));
          if (!event || !event.assume_value())
            return delivered;  // a timeout shows as events missing
          if (event.assume_value()->type == "last") {
            if (filter == Filter()) return delivered;
            continue;
          }
          delivered.push_back(ModelEvent::of(*event.assume_value()));
          if (event.assume_value()->stream == "order-end") return delivered;
        }
      }));
    }
    std::vector<std::thread> writers;
    for (std::uint64_t writer = 0; writer < kWriters; ++writer) {
      writers.emplace_back([&store, writer] {
        for (std::uint64_t i = 0; i < kPerWriter; ++i) {
          const OwnedCommit commit(
              {{"order-" + std::to_string(i % 4), Expected::any(),
                events(1, 1 + (writer + 1) * 1'000'000 + i, i % 3 == 0 ? "paid" : "placed", 300)}});
          static_cast<void>(store.append(commit.view()).has_value());
        }
      });
    }
    for (std::thread& writer : writers) writer.join();
    // One event that ends each subscription.
    const OwnedCommit end({{"order-1", Expected::any(), events(1, 900'000'001, "paid")},
                           {"order-end", Expected::any(), events(1, 900'000'002, "paid")}});
    REQUIRE(store.append(end.view()));

    for (std::size_t i = 0; i < filters.size(); ++i) {
      CAPTURE(i);
      if (filters[i].selector.kind == Selector::Kind::stream) continue;
      const std::vector<ModelEvent> delivered = seen[i].get();
      auto cursor = store.read({.selector = filters[i].selector, .items = filters[i].items});
      REQUIRE(cursor);
      CHECK(delivered == read_all(cursor.assume_value()).value());
    }
    REQUIRE(
        store.close());  // ends the subscription to one stream, which has no last event of its own
    const std::vector<ModelEvent> stream = seen[1].get();
    for (std::size_t i = 0; i < stream.size(); ++i) CHECK(stream[i].version == Version(i + 1));
    CHECK(stream.size() == kBefore / 4 + kWriters * kPerWriter / 4 + 1);
  }

  TEST_CASE(
      "subscription: from a position or version, with a limit, it begins and ends where it "
      "should") {
    support::TemporaryDirectory directory;
    Store store = open(directory);
    for (std::uint64_t i = 0; i < 10; ++i) append(store, i % 2 == 0 ? "a-1" : "b-1", 1 + i);
    auto subscription =
        store.subscribe({.selector = Selector::stream("b-1"), .from = 3, .limit = 2});
    REQUIRE(subscription);
    Subscription& walk = subscription.assume_value();
    CHECK(walk.next(seconds(5)).value()->position == Position(6));
    CHECK(walk.next(seconds(5)).value()->position == Position(8));
    const auto ended = walk.next(seconds(5));
    CHECK((!ended.has_value() || !ended.value().has_value()));
    CHECK(store.subscribe({.from = 12}).error().code() == Errc::position_ahead);
    CHECK(store.subscribe({.direction = Direction::backwards}).error().code() ==
          Errc::invalid_argument);
  }

  TEST_CASE("subscription: looked_at never lies beyond an event that is still to come") {
    support::TemporaryDirectory directory;
    Store store = open(directory);
    for (std::uint64_t i = 0; i < 20; ++i)
      append(store, "a-1", 1 + i, i % 5 == 0 ? "rare" : "common");
    auto subscription = store.subscribe({.items = {{.types = {"rare"}}}});
    REQUIRE(subscription);
    Subscription& walk = subscription.assume_value();
    std::vector<std::uint64_t> delivered;
    while (true) {
      const auto event = walk.poll();
      REQUIRE(event);
      if (!event.assume_value()) break;
      delivered.push_back(event.assume_value()->position.value());
      CHECK(walk.looked_at() >= event.assume_value()->position);
      CHECK(walk.looked_at().value() < delivered.back() + 5);
    }
    CHECK(delivered == std::vector<std::uint64_t>{1, 6, 11, 16});
    CHECK(walk.looked_at() == Position(20));
  }

  TEST_CASE("subscription: waiting ends with an event, a cancel, or when the time is over") {
    support::TemporaryDirectory directory;
    Store store = open(directory);
    auto subscription = store.subscribe({});
    REQUIRE(subscription);
    Subscription& walk = subscription.assume_value();
    const auto nothing = walk.next(std::chrono::milliseconds(1));
    REQUIRE(nothing);
    CHECK_FALSE(nothing.assume_value().has_value());

    auto waiting = std::async(std::launch::async, [&walk] { return walk.next(seconds(30)); });
    append(store, "a-1", 1);
    const auto event = waiting.get();
    REQUIRE(event);
    REQUIRE(event.assume_value().has_value());
    CHECK(event.assume_value()->position == Position(1));

    waiting = std::async(std::launch::async, [&walk] { return walk.next(seconds(30)); });
    walk.cancel();
    CHECK(waiting.get().error().code() == Errc::closed);
    CHECK(walk.next(seconds(30)).error().code() == Errc::closed);
  }

  TEST_CASE("subscription: it ends with what its bounds allow, there or still to come") {
    SimStore store;
    REQUIRE(store.open());
    std::uint64_t appended = 0;
    const auto happens = [&](const std::string& stream, std::uint64_t time) {
      store.clock().set(Timestamp(time));
      REQUIRE(store.append({{stream, Expected::any(), events(1, ++appended)}})->has_value());
    };
    happens("a-1", 1'100);
    happens("b-1", 1'200);
    happens("a-1", 1'300);

    const Selector stream = Selector::stream("a-1");
    const Selector category = Selector::category("a");
    const std::vector<Bounded> all = {
        {"nothing", {.to = 0}, {}},
        {"a position that is there", {.to = 2}, {1, 2}},
        {"a position to come", {.to = 5}, {1, 2, 3, 4, 5}},
        {"a position of others", {.selector = category, .to = 5}, {1, 3}},
        {"a version that is there", {.selector = stream, .to = 2}, {1, 3}},
        {"a version to come", {.selector = stream, .to = 3}, {1, 3, 6}},
        {"no version", {.selector = stream, .to = 0}, {}},
        {"a version of another type",
         {.selector = stream, .items = {{.types = {"none"}}}, .to = 3},
         {}},
        {"a time that has been", {.until = Timestamp(1'200)}, {1, 2}},
        {"a time to come", {.until = Timestamp(1'400)}, {1, 2, 3, 4}},
        {"a time, of others", {.selector = category, .until = Timestamp(1'400)}, {1, 3}},
        {"what was there", {.as_of = Position(2)}, {1, 2}},
        {"the first of several bounds", {.to = 5, .until = Timestamp(1'400)}, {1, 2, 3, 4}},
        {"a limit before a bound", {.limit = 1, .to = 5}, {1}},
    };
    std::vector<Running> running;
    for (const Bounded& bounded : all) running.emplace_back(store.engine(), bounded.query);
    const auto poll_all = [&] {
      for (Running& one : running) one.poll();
    };
    poll_all();
    happens("b-1", 1'400);
    poll_all();
    happens("b-1", 1'500);
    poll_all();
    happens("a-1", 1'600);
    happens("a-1", 1'700);
    poll_all();
    for (std::size_t i = 0; i < all.size(); ++i) {
      CAPTURE(all[i].what);
      running[i].check_ended(all[i].positions);
    }
    CHECK_FALSE(store.engine().subscribe({}).value()->finished());
  }

  TEST_CASE("subscription: what the store was as of a position that is to come is refused") {
    SimStore store;
    REQUIRE(store.open());
    CHECK(store.engine().subscribe({.as_of = Position(1)}).error().code() == Errc::position_ahead);
  }

  TEST_CASE("subscription: an asynchronous wait is told of events once, and of a cancel") {
    support::TemporaryDirectory directory;
    Store store = open(directory);
    auto subscription = store.subscribe({});
    REQUIRE(subscription);
    Subscription& walk = subscription.assume_value();
    std::promise<bool> told;
    walk.async_wait([&told](Result<void> result) { told.set_value(result.has_value()); });
    append(store, "a-1", 1);
    CHECK(told.get_future().get());
    REQUIRE(walk.poll().value().has_value());
    REQUIRE_FALSE(walk.poll().value().has_value());
    std::promise<bool> cancelled;
    walk.async_wait([&cancelled](Result<void> result) { cancelled.set_value(result.has_value()); });
    walk.cancel();
    CHECK_FALSE(cancelled.get_future().get());
  }
}

}  // namespace esker::tests
