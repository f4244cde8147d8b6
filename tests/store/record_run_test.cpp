#include "store/record_run.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "esker/store.hpp"
#include "store/query_walk.hpp"
#include "store/subscription_walk.hpp"
#include "support/temporary_directory.hpp"

namespace esker::store {
namespace {

/// A store with events of one size, in segments of 64 KiB.
class Filled {
 public:
  explicit Filled(std::size_t count) : store_(open(directory_.path())) {
    for (std::size_t i = 0; i < count; ++i) add();
  }

  void add() {
    const std::string data(100, 'x');
    const NewEvent event{Uuid::random(), "happened", as_bytes(data), {}};
    const std::string stream = added_++ % 2 == 0 ? "even" : "odd";
    REQUIRE(store_.append(stream, Expected::any(), {&event, 1}));
  }

  [[nodiscard]] Cursor read(const Query& query) const {
    Result<Cursor> cursor = store_.read(query);
    REQUIRE(cursor);
    return std::move(cursor).assume_value();
  }
  [[nodiscard]] Subscription subscribe(const Query& query) const {
    Result<Subscription> subscription = store_.subscribe(query);
    REQUIRE(subscription);
    return std::move(subscription).assume_value();
  }
  [[nodiscard]] const support::TemporaryDirectory& directory() const { return directory_; }

 private:
  static Store open(const std::string& directory) {
    StoreOptions options;
    options.durability = Durability::none();
    options.segment_bytes = options.segment_bytes_first = 64U << 10;
    options.limits.commit_bytes_max = 16U << 10;
    options.limits.event_bytes_max = 8U << 10;
    Result<Store> store = Store::open(directory, options);
    REQUIRE(store);
    return std::move(store).assume_value();
  }

  support::TemporaryDirectory directory_;
  Store store_;
  std::size_t added_ = 0;
};

/// The positions of all records that runs of at most `bytes_max` give, each checked in its place.
std::vector<std::uint64_t> positions(Cursor cursor, std::size_t bytes_max) {
  std::vector<std::uint64_t> found;
  while (true) {
    const Result<std::optional<RecordRun>> next = cursor.walk().next_run(bytes_max);
    REQUIRE(next);
    if (!next.assume_value()) return found;
    const RecordRun& run = *next.assume_value();
    CHECK((run.bytes.size() <= bytes_max || run.records == 1));
    std::size_t at = 0;
    for (std::uint64_t i = 0; i < run.records; ++i) {
      const format::ParsedRecord parsed = format::parse_record(
          run.bytes.subspan(at), (*run.segment)->header().salt, run.offset.plus(at));
      REQUIRE(parsed.fault == format::RecordFault::none);
      CHECK(parsed.record.position == run.first.plus(i));
      found.push_back(parsed.record.position.value());
      at += parsed.record.padded_bytes();
    }
    CHECK(at == run.bytes.size());
  }
}

std::vector<std::uint64_t> range(std::uint64_t first, std::uint64_t last, std::uint64_t step = 1) {
  std::vector<std::uint64_t> numbers;
  for (std::uint64_t i = first; i <= last; i += step) numbers.push_back(i);
  return numbers;
}

TEST_SUITE("store") {
  TEST_CASE("record run: a walk that finds nothing for long gives others a turn, and goes on") {
    const Filled filled(10'000);
    // The one looks at all that a term has, the other at all there is; the records tell that none is wanted.
    for (const char* const prefix : {"even-more", "none"}) {
      CAPTURE(prefix);
      Cursor cursor = filled.read({.selector = Selector::prefix(prefix)});
      std::size_t turns = 0;
      while (const auto run = cursor.walk().next_run(1'000).value()) {
        CHECK(run->records == 0);
        ++turns;
      }
      CHECK(turns >= 1);
      CHECK(cursor.walk().looked_at() == Position(10'000));
    }
    const Query rare{.selector = Selector::prefix("odd"), .limit = 3};
    Cursor cursor = filled.read(rare);
    CHECK(cursor.next().value()->position == Position(2));
  }

  TEST_CASE("record run: runs of any length give every record once, through all segments") {
    const Filled filled(1'000);
    for (const std::size_t bytes_max : {1UL, 200UL, 1'000UL, 10'000UL, 1UL << 30}) {
      CHECK(positions(filled.read({}), bytes_max) == range(1, 1'000));
    }
    CHECK(positions(filled.read({.selector = Selector::all(), .from = 998}), 10'000) ==
          range(998, 1'000));
    CHECK(positions(filled.read({.selector = Selector::all(), .limit = 7}), 10'000) == range(1, 7));
    CHECK(positions(filled.read({.selector = Selector::all(), .limit = 0}), 10'000).empty());
    CHECK(positions(filled.read({.selector = Selector::stream("odd")}), 10'000) ==
          range(2, 1'000, 2));
    CHECK(
        positions(filled.read(
                      {.selector = Selector::all(), .direction = Direction::backwards, .from = 3}),
                  10'000) == std::vector<std::uint64_t>{3, 2, 1});
  }

  TEST_CASE("record run: a subscription's runs go on with what has become visible") {
    Filled filled(3);
    Subscription subscription = filled.subscribe({});
    const auto next = [&] {
      const auto run = subscription.walk().poll_run(1U << 20);
      REQUIRE(run);
      return run.assume_value() ? run.assume_value()->records : 0;
    };
    CHECK(next() == 3);
    CHECK(next() == 0);
    filled.add();
    CHECK(next() == 1);
    CHECK(subscription.looked_at() == Position(4));
    subscription.cancel();
    CHECK(!subscription.walk().poll_run(1U << 20));
  }

  TEST_CASE(
      "record run: a run ends before a record that cannot be read, and the next one says why") {
    const Filled filled(100);
    // Only the first page of records is left: some twenty of them.
    std::filesystem::resize_file(filled.directory() / "0000000000000001.segment", 8'192);
    Cursor cursor = filled.read({});
    const auto first = cursor.walk().next_run(1U << 20);
    REQUIRE(first);
    REQUIRE(first.assume_value());
    CHECK(first.assume_value()->records > 0);
    CHECK(first.assume_value()->records < 100);
    const auto second = cursor.walk().next_run(1U << 20);
    REQUIRE(!second);
    CHECK((second.assume_error().code() == Errc::io_error ||
           second.assume_error().code() == Errc::corrupt));
  }
}

}  // namespace
}  // namespace esker::store
