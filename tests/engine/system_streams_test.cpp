#include "support/system_streams.hpp"

#include "esker/checkpoint.hpp"
#include "esker/store.hpp"
#include "support/sim_store.hpp"
#include "support/temporary_directory.hpp"

namespace esker::tests {
namespace {

/// A store in a directory of its own.
class OpenStore {
 public:
  OpenStore() { open(); }

  void open() {
    store_.reset();
    StoreOptions options;
    options.segment_bytes = options.segment_bytes_first = 64 << 10;
    options.durability = Durability::none();
    auto opened = Store::open(directory_ / "store", options);
    REQUIRE_MESSAGE(opened.has_value(), opened.assume_error().message());
    store_.emplace(std::move(opened).assume_value());
  }

  Store& operator*() { return *store_; }
  Store* operator->() { return &*store_; }

 private:
  support::TemporaryDirectory directory_;
  std::optional<Store> store_;
};

OwnedAppend metadata(std::string_view stream, std::string json, std::uint64_t id) {
  return {metadata_stream_of(stream), Expected::any(), {{id_of(id), "$metadata", std::move(json)}}};
}

}  // namespace

TEST_SUITE("engine") {
  TEST_CASE("system streams: metadata is honoured at once") {
    OpenStore store;
    check_metadata(*store);
  }

  TEST_CASE("system streams: a deleted stream is absent until it is written again") {
    OpenStore store;
    check_deletion(*store);
  }

  TEST_CASE("system streams: an aggregate is its newest snapshot and what comes behind it") {
    OpenStore store;
    check_snapshots(*store);
  }

  TEST_CASE("system streams: a reader begins behind its checkpoint") {
    OpenStore store;
    check_checkpoints(*store);
  }

  TEST_CASE("system streams: what has been said holds after the store was opened again") {
    OpenStore store;
    append_some(*store, "a-1", 3, 1);
    append_some(*store, "b-1", 3, 4);
    append_some(*store, "c-1", 3, 7);
    StreamMetadata metadata;
    metadata.max_count = 1;
    REQUIRE(store->set_stream_metadata("a-1", metadata));
    REQUIRE(store->delete_stream("b-1"));
    REQUIRE(store->tombstone_stream("c-1"));
    store.open();
    CHECK(names(*store, {}) == Names{"a-1@3", "c-1@4"});
    CHECK(error_of(store->tombstone_stream("c-1")) == Errc::tombstoned);
    CHECK(error_of(store->delete_stream("b-1")) == Errc::wrong_version);
    CHECK(store->current_version("b-1").assume_value() == Version(3));
  }

  TEST_CASE("system streams: events are released by age as time goes on") {
    SimStore store;
    REQUIRE(store.open());
    for (std::uint64_t i = 1; i <= 4; ++i) {
      store.clock().set(Timestamp(i * 1'000'000'000));
      REQUIRE(store.append({{"a-1", Expected::any(), events(1, i)}})->has_value());
    }
    REQUIRE(store.append({metadata("a-1", R"({"$maxAge":2})", 9)})->has_value());
    CHECK(names_of(store, of_stream("a-1")) == Names{"a-1@2", "a-1@3", "a-1@4"});
    store.clock().set(Timestamp(5'500'000'000));
    CHECK(names_of(store, of_stream("a-1")) == Names{"a-1@4"});
    CHECK(names_of(store, {}) == Names{"a-1@4"});
    store.clock().set(Timestamp(60'000'000'000));
    CHECK(names_of(store, {}).empty());
  }

  TEST_CASE("system streams: a deletion counts for what is decided with it in one group") {
    SimStore store;
    REQUIRE(store.open());
    REQUIRE(store.append({{"a-1", Expected::any(), events(2, 1)}})->has_value());
    const OwnedCommit deletion({metadata("a-1", R"({"$deleted":true})", 3)});
    const OwnedCommit first({{"a-1", Expected::no_stream(), events(1, 4)}});
    const OwnedCommit second({{"a-1", Expected::no_stream(), events(1, 5)}});
    std::vector<Errc> answers;
    for (const OwnedCommit* commit : {&deletion, &first, &second}) {
      store.engine().append_async(commit->view(), [&answers](const Result<AppendResult>& answer) {
        answers.push_back(error_of(answer));
      });
    }
    store.engine().run_until_idle();
    CHECK(answers == std::vector<Errc>{Errc{}, Errc{}, Errc::wrong_version});
    CHECK(names_of(store, {}) == Names{"a-1@3"});
  }

  TEST_CASE("system streams: streams can be checked that nothing is appended to") {
    SimStore store;
    REQUIRE(store.open());
    REQUIRE(store.append({{"a-1", Expected::any(), events(2, 1)}})->has_value());
    const auto good = store.append(
        {{"b-1", Expected::any(), events(1, 3)}, {"a-1", Expected::exactly(Version(2)), {}}});
    REQUIRE(good->has_value());
    CHECK(good->assume_value().streams[1].last_version == Version(2));
    const auto again = store.append(
        {{"b-1", Expected::any(), events(1, 3)}, {"a-1", Expected::exactly(Version(9)), {}}});
    CHECK(again->assume_value().outcome == AppendOutcome::already_there);
    CHECK(error_of(*store.append({{"b-1", Expected::any(), events(1, 4)},
                                  {"a-1", Expected::exactly(Version(1)), {}}})) ==
          Errc::wrong_version);
    CHECK(error_of(*store.append({{"a-1", Expected::any(), {}}})) == Errc::invalid_argument);
    REQUIRE(store.close());
    REQUIRE(store.open());
    CHECK(names_of(store, {}) == Names{"a-1@1", "a-1@2", "b-1@1"});
  }

  TEST_CASE("system streams: a stream's status tells deleted from ended and from never written") {
    OpenStore store;
    const auto status = [&] { return store->stream_status("order-1").value(); };
    const auto append = [&](std::uint64_t id) {
      const NewEvent event{id_of(id), "happened", as_bytes("{}"), {}};
      return store->append("order-1", Expected::any(), std::span(&event, 1)).has_value();
    };
    CHECK(status() == StreamStatus{});
    CHECK(append(1));
    CHECK(status() == StreamStatus{Version(1), false, false});
    REQUIRE(store->delete_stream("order-1").has_value());
    CHECK(status() == StreamStatus{Version(1), true, false});
    CHECK(append(2));
    CHECK(status() == StreamStatus{Version(2), false, false});
    REQUIRE(store->tombstone_stream("order-1").has_value());
    CHECK(status() == StreamStatus{Version(3), false, true});
    CHECK(store->stream_status("").assume_error().code() == Errc::invalid_argument);
  }

  TEST_CASE("system streams: what makes no sense there is refused") {
    SimStore store;
    REQUIRE(store.open());
    const auto refused = [&store](std::string stream, std::vector<OwnedEvent> events) {
      return error_of(*store.append({{std::move(stream), Expected::any(), std::move(events)}})) ==
             Errc::invalid_argument;
    };
    CHECK(refused("$$a", {{id_of(1), "$metadata", "no JSON"}}));
    CHECK(refused("$$a", {{id_of(1), "other", "{}"}}));
    CHECK(refused("$$a", {{id_of(1), "$metadata", R"({"$maxCount":0})"}}));
    CHECK(refused("$checkpoint-a", {{id_of(1), "$checkpoint", "{}"}}));
    CHECK(refused("$snapshot-a", {{id_of(1), "State", "{}"}}));
    CHECK(refused("a", {{id_of(1), "$tombstone", ""}, {id_of(2), "after", "{}"}}));
    CHECK(names_of(store, {.system = true}).empty());
  }

  TEST_CASE("system streams: a subscription is told of a tombstone, and not of what was released") {
    SimStore store;
    REQUIRE(store.open());
    REQUIRE(store.append({{"a-1", Expected::any(), events(3, 1)}})->has_value());
    REQUIRE(store.append({metadata("a-1", R"({"$tb":2})", 4)})->has_value());
    auto walk = store.engine().subscribe({});
    REQUIRE(walk.has_value());
    const auto versions = [&walk] {
      std::vector<std::uint64_t> found;
      while (true) {
        const auto event = walk.assume_value()->poll();
        REQUIRE(event.has_value());
        if (!event.assume_value()) return found;
        found.push_back(event.assume_value()->version.value());
      }
    };
    CHECK(versions() == std::vector<std::uint64_t>{3});
    REQUIRE(store.append({{"a-1", Expected::any(), {{id_of(5), "$tombstone", ""}}}})->has_value());
    CHECK(versions() == std::vector<std::uint64_t>{4});
  }
}

}  // namespace esker::tests
