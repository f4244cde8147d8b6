#include "esker/store.hpp"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "support/sim_store.hpp"
#include "support/temporary_directory.hpp"

namespace esker::tests {
namespace {

class StoreFixture {
 protected:
  StoreFixture() {
    options_.segment_bytes = options_.segment_bytes_first = 64 << 10;
    options_.durability = Durability::none();
  }

  Store& open() {
    store_.reset();
    auto opened = Store::open(path_, options_);
    REQUIRE_MESSAGE(opened.has_value(), opened.assume_error().message());
    return store_.emplace(std::move(opened).assume_value());
  }

  Result<AppendResult> append(std::string stream, Expected expected,
                              std::vector<OwnedEvent> events) {
    const OwnedCommit commit({{std::move(stream), expected, std::move(events)}});
    return store_->append(commit.view());
  }
  Errc code_of(std::string stream, Expected expected, std::vector<OwnedEvent> events) {
    const auto answer = append(std::move(stream), expected, std::move(events));
    return answer ? Errc{} : answer.assume_error().code();
  }

  support::TemporaryDirectory directory_;
  const std::string path_ = directory_ / "store";
  StoreOptions options_;
  std::optional<Store> store_;
};

}  // namespace

TEST_SUITE("engine") {
  TEST_CASE_FIXTURE(StoreFixture, "store: opening tells what was found and done") {
    CHECK(open().open_report().created);
    REQUIRE(append("order-1", Expected::any(), events(7, 1)));
    REQUIRE(store_->close());
    const OpenReport& report = open().open_report();
    CHECK_FALSE(report.created);
    CHECK(report.clean);
    CHECK(report.events == 7);
    CHECK(report.segments == 1);
    CHECK(report.torn_bytes == 0);
    CHECK(report.duration.count() > 0);
    CHECK_FALSE(report.file_system.empty());
  }

  // F22.
  TEST_CASE_FIXTURE(StoreFixture,
                    "store: a second owner is refused, in this process and in another") {
    open();
    const auto second = Store::open(path_, options_);
    REQUIRE_FALSE(second.has_value());
    CHECK(second.assume_error().code() == Errc::locked);
    CHECK(second.assume_error().message().find(std::to_string(::getpid())) != std::string::npos);
    store_.reset();
    const pid_t child = ::fork();
    if (child == 0) {
      auto owned = Store::open(path_, options_);
      ::_exit(owned ? 0 : 1);  // without closing: the lock goes with the process
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    open();
  }

  TEST_CASE_FIXTURE(StoreFixture, "store: one that is not there is made only when that is wished") {
    options_.create = false;
    const auto missing = Store::open(path_, options_);
    REQUIRE_FALSE(missing.has_value());
    CHECK(missing.assume_error().code() == Errc::not_found);
    CHECK_FALSE(std::filesystem::exists(path_));
  }

  TEST_CASE_FIXTURE(StoreFixture, "store: options that make no sense are refused by name") {
    options_.segment_bytes = 1000;
    const auto refused = Store::open(path_, options_);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.assume_error().code() == Errc::invalid_argument);
    CHECK(refused.assume_error().message().find("segment_bytes") != std::string::npos);
  }

  TEST_CASE_FIXTURE(StoreFixture, "store: names, sizes and numbers beyond the limits are refused") {
    options_.limits = {.event_bytes_max = 1000, .commit_bytes_max = 5000, .commit_events_max = 10};
    open();
    const Expected any = Expected::any();
    CHECK(code_of("", any, events(1, 1)) == Errc::invalid_argument);
    CHECK(code_of(std::string(513, 's'), any, events(1, 1)) == Errc::invalid_argument);
    CHECK(code_of("a\x01"
                  "b",
                  any, events(1, 1)) == Errc::invalid_argument);
    CHECK(code_of("a\xff", any, events(1, 1)) == Errc::invalid_argument);
    CHECK(code_of("a", any, {}) == Errc::invalid_argument);
    CHECK(code_of("a", any, events(1, 1, "")) == Errc::invalid_argument);
    CHECK(code_of("a", any, {{}}) == Errc::invalid_argument);  // a nil id
    CHECK(code_of("a", any, {events(1, 1)[0], events(1, 1)[0]}) == Errc::invalid_argument);
    CHECK(code_of("a", any, events(1, 1, "t", 1000)) == Errc::too_large);
    CHECK(code_of("a", any, events(8, 1, "t", 900)) == Errc::too_large);
    CHECK(code_of("a", any, events(11, 1)) == Errc::too_large);
    CHECK(code_of(std::string(512, 's'), any, events(5, 1)) == Errc{});
    CHECK(code_of("\xc3\xa9t\xc3\xa9", any, events(1, 100, "t", 999)) == Errc{});
    CHECK(store_->info().head == Position(6));
  }

  TEST_CASE_FIXTURE(StoreFixture, "store: a conflict names the version and the very event") {
    open();
    REQUIRE(append("order-1", Expected::no_stream(), events(3, 1, "placed")));
    const auto conflict = append("order-1", Expected::exactly(Version(2)), events(1, 10));
    REQUIRE_FALSE(conflict.has_value());
    const Error& error = conflict.assume_error();
    CHECK(error.code() == Errc::wrong_version);
    REQUIRE(error.conflicts().size() == 1);
    CHECK(error.conflicts()[0].stream == "order-1");
    CHECK(error.conflicts()[0].actual == Version(3));
    CHECK(error.conflicts()[0].position == Position(3));
    CHECK(error.conflicts()[0].event_type == "placed");
    CHECK(code_of("order-2", Expected::stream_exists(), events(1, 10)) == Errc::wrong_version);
    CHECK(code_of("order-2", Expected::exactly(Version(0)), events(1, 10)) == Errc{});
  }

  // F27.
  TEST_CASE_FIXTURE(StoreFixture,
                    "store: appending again answers as the first time, however long ago") {
    open();
    const auto first = append("order-1", Expected::no_stream(), events(4, 1));
    REQUIRE(first);
    for (std::uint64_t i = 0; i < 40; ++i) {
      REQUIRE(append("filler", Expected::any(), events(5, 100 + 5 * i, "t", 900)));
    }
    REQUIRE(store_->close());
    open();
    CHECK(store_->info().sealed_segments > 1);
    const auto again = append("order-1", Expected::no_stream(), events(4, 1));
    REQUIRE(again);
    CHECK(again.assume_value().outcome == AppendOutcome::already_there);
    CHECK(again.assume_value().position() == first.assume_value().position());
    CHECK(code_of("order-1", Expected::any(), events(5, 1)) == Errc::partial_match);
    CHECK(code_of("order-2", Expected::any(), events(4, 1)) ==
          Errc{});  // another stream, so not the same
  }

  TEST_CASE_FIXTURE(StoreFixture, "store: of many conflicts the first ones are told") {
    open();
    std::vector<tests::OwnedAppend> appends;
    for (std::uint64_t i = 0; i < kConflictsMax + 50; ++i) {
      appends.push_back({"s-" + std::to_string(i), Expected::stream_exists(), events(1, 1 + i)});
    }
    const OwnedCommit commit(std::move(appends));
    const Result<AppendResult> refused = store_->append(commit.view());
    REQUIRE(refused.has_error());
    CHECK(refused.assume_error().conflicts().size() == kConflictsMax);
    CHECK(refused.assume_error().conflicts().back().stream == "s-99");
    CHECK(refused.assume_error().message().find("149 more") != std::string::npos);
  }

  TEST_CASE_FIXTURE(StoreFixture, "store: several streams go in together or not at all") {
    open();
    REQUIRE(append("b", Expected::any(), events(1, 1)));
    const OwnedCommit bad(
        {{"a", Expected::any(), events(2, 10)}, {"b", Expected::no_stream(), events(1, 20)}});
    const auto refused = store_->append(bad.view());
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.assume_error().conflicts().size() == 1);
    CHECK(store_->current_version("a").value() == Version(0));
    const OwnedCommit good(
        {{"a", Expected::any(), events(2, 10)}, {"b", Expected::any(), events(1, 20)}});
    const auto done = store_->append(good.view());
    REQUIRE(done);
    CHECK(done.assume_value().streams[1].last_version == Version(2));
    CHECK(store_->current_version("a").value() == Version(2));
    const OwnedCommit twice(
        {{"a", Expected::any(), events(1, 30)}, {"a", Expected::any(), events(1, 31)}});
    CHECK(store_->append(twice.view()).assume_error().code() == Errc::invalid_argument);
  }

  TEST_CASE_FIXTURE(StoreFixture,
                    "store: reading from beyond the end is told from reading nothing") {
    open();
    REQUIRE(append("order-1", Expected::any(), events(3, 1)));
    const auto read = [this](const Query& query) -> Result<std::vector<ModelEvent>> {
      ESKER_TRY(Cursor cursor, store_->read(query));
      return read_all(cursor);
    };
    CHECK(read({.from = 4}).value().empty());
    CHECK(read({.from = 5}).error().code() == Errc::position_ahead);
    CHECK(read({.selector = Selector::stream("order-1"), .from = 5}).error().code() ==
          Errc::position_ahead);
    CHECK(read({.selector = Selector::stream("nobody")}).value().empty());
    CHECK(read({.selector = Selector::stream("")}).error().code() == Errc::invalid_argument);
    CHECK(read({.direction = Direction::backwards, .from = 2}).value().size() == 2);
    CHECK(read({.direction = Direction::backwards, .from = 0}).value().empty());
    CHECK(read({.limit = 2}).value().size() == 2);
    CHECK(read({.limit = 0}).value().empty());
  }

  TEST_CASE_FIXTURE(StoreFixture, "store: views stay valid for the cursor, over whole segments") {
    open();
    for (std::uint64_t i = 0; i < 30; ++i) {
      REQUIRE(append("order-" + std::to_string(i % 3), Expected::any(),
                     events(5, 1 + 5 * i, "t", 900)));
    }
    auto cursor = store_->read({.selector = Selector::category("order")});
    REQUIRE(cursor);
    std::uint64_t count = 0;
    while (true) {
      const auto event = cursor.assume_value().next();
      REQUIRE(event);
      if (!event.assume_value()) break;
      ++count;
      CHECK(event.assume_value()->position == Position(count));
      CHECK(event.assume_value()->data.size() == 900);
    }
    CHECK(count == 150);
  }

  TEST_CASE_FIXTURE(StoreFixture, "store: after close everything answers closed") {
    open();
    REQUIRE(append("order-1", Expected::any(), events(3, 1)));
    auto cursor = store_->read({});
    auto subscription = store_->subscribe({});
    REQUIRE(cursor);
    REQUIRE(subscription);
    REQUIRE(store_->close());
    REQUIRE(store_->close());
    CHECK(code_of("order-1", Expected::any(), events(1, 10)) == Errc::closed);
    CHECK(store_->read({}).error().code() == Errc::closed);
    CHECK(store_->subscribe({}).error().code() == Errc::closed);
    CHECK(store_->current_version("order-1").error().code() == Errc::closed);
    CHECK(subscription.assume_value().next(std::chrono::seconds(10)).error().code() ==
          Errc::closed);
    cursor = Error(Errc::closed, "let go before the store is");
  }

  TEST_CASE_FIXTURE(StoreFixture, "store: with each durability an orderly close loses nothing") {
    for (const Durability durability :
         {Durability::sync(), Durability::every(std::chrono::milliseconds(5)),
          Durability::none()}) {
      options_.durability = durability;
      open();
      const std::uint64_t before = store_->info().head.value();
      for (std::uint64_t i = 0; i < 5; ++i) {
        REQUIRE(append("order-1", Expected::any(), events(1, 1000 + before + i)));
      }
      REQUIRE(store_->close());
      CHECK(open().open_report().events == before + 5);
      CHECK(store_->open_report().clean);
      CHECK(store_->info().durability.mode == durability.mode);
    }
  }
}

}  // namespace esker::tests
