#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

#include "engine/check_same.hpp"
#include "esker/store.hpp"
#include "support/operations.hpp"
#include "support/sim_store.hpp"
#include "support/temporary_directory.hpp"

namespace esker::tests {
namespace {

#ifdef ESKER_SANITIZED
constexpr std::uint64_t kSeeds = 200;
#else
constexpr std::uint64_t kSeeds = 2'000;
#endif

/// Seeds to run: the one in ESKER_TEST_SEED, or `count` from 1 on.
std::vector<std::uint64_t> seeds(std::uint64_t count) {
  if (const char* given = std::getenv("ESKER_TEST_SEED")) return {std::stoull(given)};
  std::vector<std::uint64_t> all;
  for (std::uint64_t seed = 1; seed <= count; ++seed) all.push_back(seed);
  return all;
}

void compare_everything(const ModelStore& model, const auto& read) {
  for (Query query :
       {Query{}, Query{.selector = Selector::stream("order-1")},
        Query{.selector = Selector::stream("plain")},
        Query{.selector = Selector::category("customer")}, Query{.items = {{.types = {"paid"}}}},
        Query{.items = {{.tags = {"urgent"}}, {{"placed", "paid"}, {"by=ann", "sum=large"}}}}}) {
    check_same(read(query), model.read(query));
    query.direction = Direction::backwards;
    query.from = Query::kEnd;
    check_same(read(query), model.read(query));
  }
}

}  // namespace

TEST_SUITE("engine") {
  TEST_CASE(
      "model: on the simulated disk every answer is the model's, over reopening and crashes") {
    for (const std::uint64_t seed : seeds(kSeeds)) {
      CAPTURE(seed);
      Operations operations(seed);
      ModelStore model;
      SimStore store;
      store.options.term_bits = seed % 3 == 0 ? 6 : 128;  // collisions, too
      REQUIRE(store.open());
      const auto read = [&store](const Query& query) { return store.read(query); };
      for (int step = 0; step < 150; ++step) {
        CAPTURE(step);
        switch (operations.random().below(10)) {
          case 0: {
            if (operations.random().chance(4)) {
              REQUIRE(store.close());
            } else {
              store.disk().stop_at_call(store.disk().calls() + 1);
              store.drop();
              store.disk().crash_power(sim::CrashPolicy::random(seed + 1000));
              store.reopen_directory();
            }
            const auto reopened = store.open();
            REQUIRE_MESSAGE(reopened.has_value(), reopened.assume_error().message());
            CHECK(store.engine().open_report().events == model.head().value());
            compare_everything(model, read);
            break;
          }
          case 1:
          case 2:
          case 3: {
            const Query query = operations.query(model);
            check_same(store.read(query), model.read(query));
            break;
          }
          case 4:
            store.clock().step(std::chrono::seconds(-5));
            break;
          default: {
            const std::vector<OwnedAppend> append = operations.append(model);
            const auto answer = store.append(append);
            REQUIRE(answer.has_value());
            check_same(*answer, model.append(append));
          }
        }
      }
      compare_everything(model, read);
    }
  }

  TEST_CASE("model: on a real disk with its threads every answer is the model's") {
    for (const std::uint64_t seed : seeds(6)) {
      CAPTURE(seed);
      support::TemporaryDirectory directory;
      StoreOptions options;
      options.segment_bytes = options.segment_bytes_first = 64 << 10;
      options.durability = Durability::none();  // the disk's speed is not the subject
      std::optional<Store> store;
      const auto open = [&] {
        store.reset();
        auto opened = Store::open(directory / "store", options);
        REQUIRE_MESSAGE(opened.has_value(), opened.assume_error().message());
        store.emplace(std::move(opened).assume_value());
      };
      open();
      const auto read = [&store](const Query& query) -> Result<std::vector<ModelEvent>> {
        ESKER_TRY(Cursor cursor, store->read(query));
        return read_all(cursor);
      };
      Operations operations(seed + 5000);
      ModelStore model;
      for (int step = 0; step < 300; ++step) {
        CAPTURE(step);
        const std::uint64_t choice = operations.random().below(20);
        if (choice == 0) {
          open();
          compare_everything(model, read);
        } else if (choice < 7) {
          const Query query = operations.query(model);
          check_same(read(query), model.read(query));
        } else {
          const std::vector<OwnedAppend> append = operations.append(model);
          const OwnedCommit commit(append);
          check_same(store->append(commit.view()), model.append(append));
        }
      }
      compare_everything(model, read);
    }
  }
}

}  // namespace esker::tests
