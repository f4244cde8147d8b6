#include <doctest/doctest.h>

#include <atomic>
#include <latch>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "esker/store.hpp"
#include "support/must.hpp"
#include "support/sim_store.hpp"
#include "support/temporary_directory.hpp"

namespace esker::tests {
namespace {

Store open(const support::TemporaryDirectory& directory) {
  StoreOptions options;
  options.segment_bytes = options.segment_bytes_first = 64 << 10;
  options.durability = Durability::none();
  auto opened = Store::open(directory / "store", options);
  REQUIRE_MESSAGE(opened.has_value(), opened.assume_error().message());
  return std::move(opened).assume_value();
}

}  // namespace

TEST_SUITE("engine") {
  TEST_CASE("concurrency: roots and proofs hold while others append and compaction runs") {
    constexpr std::uint64_t kCommits = 150;
    support::TemporaryDirectory directory;
    StoreOptions options;
    options.segment_bytes = options.segment_bytes_first = 64 << 10;
    options.proofs = true;
    Store store = must(Store::open(directory / "store", options));
    std::atomic<bool> done = false;
    std::thread writer([&] {
      for (std::uint64_t i = 0; i < kCommits; ++i) {
        const OwnedCommit commit({{"order-1", Expected::any(), events(20, 1 + i * 20)}});
        if (!store.append(commit.view())) break;
      }
      done = true;
    });
    std::thread compactor([&] {
      while (!done) {
        if (store.start_compaction({.bytes_per_second = 0})) {
          store.wait_for_compaction(std::chrono::seconds(10));
        }
      }
    });
    Root old = must(store.root());
    std::uint64_t checked = 0;
    do {
      const Root root = must(store.root());
      CHECK(
          check_consistency(must(store.prove_consistency(old.position, root.position)), old, root));
      if (root.position != Position()) {
        const InclusionProof proof = must(store.prove_inclusion(root.position, root.position));
        CHECK(check_inclusion(proof, proof.leaf, root));
      }
      old = root;
      ++checked;
    } while (!done);
    writer.join();
    compactor.join();
    CHECK(store.info().head == Position(kCommits * 20));
    CHECK(must(store.root()).position == Position(kCommits * 20));
    MESSAGE(checked, " roots");
  }

  TEST_CASE("concurrency: of many writers that expect a version exactly one wins it") {
    constexpr std::uint64_t kWriters = 8;
    constexpr std::uint64_t kVersions = 60;
    support::TemporaryDirectory directory;
    Store store = open(directory);
    std::vector<std::atomic<int>> winners(kVersions + 1);
    std::vector<std::thread> writers;
    for (std::uint64_t writer = 0; writer < kWriters; ++writer) {
      writers.emplace_back([&, writer] {
        for (std::uint64_t version = 0; version < kVersions;) {
          const OwnedCommit commit({{"order-1", Expected::exactly(Version(version)),
                                     events(1, 1 + writer * 1'000'000 + version)}});
          const auto answer = store.append(commit.view());
          if (answer) {
            if (answer.assume_value().streams[0].last_version == Version(version + 1)) {
              ++winners[version + 1];
            }
            ++version;
          } else if (answer.assume_error().code() == Errc::wrong_version) {
            version = answer.assume_error().conflicts()[0].actual.value();
          } else {
            ++winners[0];
            return;
          }
        }
      });
    }
    for (std::thread& writer : writers) writer.join();
    CHECK(winners[0] == 0);
    for (std::uint64_t version = 1; version <= kVersions; ++version) CHECK(winners[version] == 1);
    CHECK(store.current_version("order-1").value() == Version(kVersions));
    CHECK(store.info().head == Position(kVersions));
  }

  // F27.
  TEST_CASE("concurrency: retries of one append from many threads are written once") {
    constexpr int kThreads = 8;
    support::TemporaryDirectory directory;
    Store store = open(directory);
    for (std::uint64_t round = 0; round < 40; ++round) {
      std::atomic<int> written = 0;
      std::atomic<int> there = 0;
      std::latch start(kThreads);
      std::vector<std::thread> threads;
      for (int i = 0; i < kThreads; ++i) {
        threads.emplace_back([&] {
          const OwnedCommit commit(
              {{"order-1", Expected::exactly(Version(3 * round)), events(3, 1 + 3 * round)}});
          start.arrive_and_wait();
          const auto answer = store.append(commit.view());
          if (!answer) return;
          const AppendResult& result = answer.assume_value();
          if (result.streams[0].last_version != Version(3 * round + 3)) return;
          ++(result.outcome == AppendOutcome::written ? written : there);
        });
      }
      for (std::thread& thread : threads) thread.join();
      CHECK(written == 1);
      CHECK(there == kThreads - 1);
    }
    CHECK(store.info().head == Position(120));
  }

  TEST_CASE("concurrency: one thread's appends are decided in the order of its calls") {
    constexpr std::uint64_t kAppends = 500;
    support::TemporaryDirectory directory;
    Store store = open(directory);
    std::vector<std::thread> threads;
    std::atomic<int> failures = 0;
    for (std::uint64_t thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&, thread] {
        std::vector<std::unique_ptr<OwnedCommit>> commits;
        std::latch answered(kAppends);
        for (std::uint64_t i = 0; i < kAppends; ++i) {
          commits.push_back(std::make_unique<OwnedCommit>(std::vector<OwnedAppend>{
              {"order-" + std::to_string(thread), Expected::exactly(Version(i)),
               events(1, 1 + thread * 1'000'000 + i)}}));
          store.append_async(commits.back()->view(), [&](Result<AppendResult> answer) {
            if (!answer) ++failures;
            answered.count_down();
          });
        }
        answered.wait();
      });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(failures == 0);
    CHECK(store.info().head == Position(4 * kAppends));
  }

  TEST_CASE("concurrency: readers see whole commits, in order, while writers write") {
    constexpr std::uint64_t kCommits = 300;
    support::TemporaryDirectory directory;
    Store store = open(directory);
    std::atomic<bool> writing = true;
    std::atomic<int> wrong = 0;
    std::vector<std::thread> readers;
    for (int i = 0; i < 2; ++i) {
      readers.emplace_back([&] {
        while (writing) {
          auto cursor = store.read({});
          if (!cursor) {
            ++wrong;
            return;
          }
          std::uint64_t count = 0;
          while (true) {
            const auto event = cursor.assume_value().next();
            if (!event ||
                (event.assume_value() && event.assume_value()->position != Position(count + 1))) {
              ++wrong;
              return;
            }
            if (!event.assume_value()) break;
            ++count;
          }
          if (count % 3 != 0) ++wrong;  // each commit has three events
        }
      });
    }
    for (std::uint64_t i = 0; i < kCommits; ++i) {
      const OwnedCommit commit({{"a-1", Expected::any(), events(1, 1 + 3 * i, "t", 300)},
                                {"b-1", Expected::any(), events(2, 2 + 3 * i, "t", 300)}});
      REQUIRE(store.append(commit.view()));
    }
    writing = false;
    for (std::thread& reader : readers) reader.join();
    CHECK(wrong == 0);
  }
}

}  // namespace esker::tests
