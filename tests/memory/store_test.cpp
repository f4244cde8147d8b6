#include "esker/store.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <new>
#include <optional>
#include <set>
#include <string>

#include "memory/allocation_failure.hpp"
#include "support/commits.hpp"
#include "support/process_use.hpp"
#include "support/temporary_directory.hpp"

namespace esker::tests {
namespace {

/// One append of one event, and what its caller was told.
struct Told {
  Told(std::uint64_t number, std::size_t data_bytes)
      : id(id_of(number)),
        commit({{"order-" + std::to_string(number % 3), Expected::any(),
                 events(1, number, "t", data_bytes)}}) {}

  EventId id;
  OwnedCommit commit;
  std::optional<Result<AppendResult>> answer;  // none: the append was not taken

  [[nodiscard]] bool acknowledged() const { return answer && answer->has_value(); }
  [[nodiscard]] bool maybe_written() const {
    return acknowledged() || (answer && answer->assume_error().code() == Errc::outcome_unknown);
  }
};

/// A new store that runs out of memory (F25), is opened again, and compared with what was told.
class Trial {
 public:
  Trial() {
    options_.segment_bytes = options_.segment_bytes_first = 64 << 10;
    options_.durability = Durability::none();
    // Made before memory runs out: its lack should be the store's.
    for (const std::size_t data_bytes : {4000, 9000, 100, 100}) {
      for (std::size_t i = 0; i < kAtOnce; ++i) told_.emplace_back(told_.size() + 1, data_bytes);
    }
  }

  Result<Store> open() { return Store::open(directory_ / "store", options_); }

  /// Appends and reads until segments have been sealed and indexed.
  void use(Store& store) {
    append(store);
    read_all(store);
    append(store);
    read_all(store);
  }
  /// Appends when there is memory again: the store goes on, or says why not.
  void use_again(Store& store) {
    append(store);
    // The failure of a thread may still have been on its way to what was in flight.
    if (!check_last(Errc::outcome_unknown)) return;
    append(store);
    check_last(Errc::store_failed);
  }
  /// What is there must be what was told.
  void check() {
    Result<Store> store = open();
    REQUIRE_MESSAGE(store.has_value(), store.assume_error().message());
    std::set<std::string> there;
    Result<Cursor> cursor = store.assume_value().read({});
    REQUIRE(cursor.has_value());
    while (true) {
      const auto event = cursor.assume_value().next();
      REQUIRE_MESSAGE(event.has_value(), event.assume_error().message());
      if (!event.assume_value()) break;
      CHECK(there.insert(event.assume_value()->id.to_string()).second);
    }
    for (const Told& told : told_) {
      const bool found = there.contains(told.id.to_string());
      if (told.acknowledged()) CHECK(found);
      if (!told.maybe_written()) CHECK_FALSE(found);
    }
  }

 private:
  static constexpr std::size_t kAtOnce = 12;

  /// Appends the next few all at once and waits for the answers; some may be refused.
  void append(Store& store) {
    std::size_t open = 0;
    for (std::size_t i = 0; i < kAtOnce; ++i) {
      Told& told = told_[begun_++];
      {
        const std::lock_guard lock(mutex_);
        ++open;
      }
      try {
        store.append_async(told.commit.view(), [this, &told, &open](Result<AppendResult> answer) {
          const std::lock_guard lock(mutex_);
          told.answer.emplace(std::move(answer));
          --open;
          answered_.notify_one();
        });
      } catch (const std::bad_alloc&) {
        const std::lock_guard lock(mutex_);
        --open;
      }
    }
    std::unique_lock lock(mutex_);
    answered_.wait(lock, [&open] { return open == 0; });
  }

  /// Checks that the last few appends are there, or that the store has failed; `or_else` is allowed, too. Whether there was one.
  bool check_last(Errc or_else) {
    bool other = false;
    for (std::size_t i = begun_ - kAtOnce; i < begun_; ++i) {
      const Told& told = told_[i];
      if (told.acknowledged()) continue;
      const Error& error = told.answer->assume_error();
      other = other || error.code() == or_else;
      CHECK_MESSAGE((error.code() == Errc::store_failed || error.code() == or_else),
                    error.message());
    }
    return other;
  }

  /// Errors are allowed; events that are not what was appended are not.
  void read_all(Store& store) {
    for (const Query& query : queries_) {
      try {
        Result<Cursor> cursor = store.read(query);
        if (!cursor) continue;
        while (true) {
          const auto event = cursor.assume_value().next();
          if (!event || !event.assume_value()) break;
        }
      } catch (const std::bad_alloc&) {
        // The reader's own.
      }
    }
  }

  // Made while there is memory.
  const std::vector<Query> queries_{{},
                                    {.selector = Selector::stream("order-1")},
                                    {.items = {{.types = {"t"}}, {.tags = {"a", "b"}}}}};
  support::TemporaryDirectory directory_;
  StoreOptions options_;
  std::deque<Told> told_;  // they stay where they are
  std::size_t begun_ = 0;
  std::mutex mutex_;
  std::condition_variable answered_;
};

constexpr std::uint64_t kForEver = 1ULL << 60;

std::uint64_t open_descriptors() { return support::use_of(::getpid()).descriptors; }

/// Calls `run` so that each allocation fails, alone, with the next one, or with all that follow, until there are no more. How many there
/// are.
template <class Run>
std::uint64_t fail_each_allocation(Run run) {
  const std::uint64_t descriptors = open_descriptors();
  for (std::uint64_t first = 1;; ++first) {
    const std::uint64_t count = first % 3 == 0 ? kForEver : first % 3;
    CAPTURE(first);
    CAPTURE(count);
    const std::uint64_t made = run(first, count);
    REQUIRE(open_descriptors() == descriptors);
    if (made < first) return made;
  }
}

}  // namespace

TEST_SUITE("memory") {
  TEST_CASE("memory: opening without enough of it is an error, and harms nothing (F25)") {
    const auto run = [](std::uint64_t first, std::uint64_t count) {
      Trial trial;
      {
        Store store = trial.open().value();
        trial.use(store);
      }
      std::uint64_t made = 0;
      {
        const AllocationFailure failure(first, count);
        try {
          const Result<Store> store = trial.open();
        } catch (const std::bad_alloc&) {
          // The caller's own.
        }
        made = failure.made();
      }
      trial.check();
      return made;
    };
    CHECK(fail_each_allocation(run) > 100);
  }

  TEST_CASE("memory: running out of it stops a store at worst, and nothing is told wrong (F25)") {
    const auto run = [](std::uint64_t first, std::uint64_t count) {
      Trial trial;
      std::uint64_t made = 0;
      {
        Store store = trial.open().value();
        {
          const AllocationFailure failure(first, count);
          trial.use(store);
          made = failure.made();
        }
        trial.use_again(store);
      }
      trial.check();
      return made;
    };
    CHECK(fail_each_allocation(run) > 150);
  }
}

}  // namespace esker::tests
