#include <doctest/doctest.h>

#include "esker/cursor.hpp"
#include "support/sim_store.hpp"

namespace esker::tests {
namespace {

/// A hundred events, each tenth with a tag.
struct Explained {
  Explained() {
    REQUIRE(store.open());
    for (std::uint64_t i = 1; i <= 100; ++i) {
      OwnedAppend append{"s-" + std::to_string(i % 5), Expected::any(), events(1, i)};
      if (i % 10 == 0) append.events.front().tags = Tags{"tenth"};
      REQUIRE(store.append({append})->has_value());
    }
  }

  Explanation read(const Query& query) {
    Cursor cursor(store.engine().read(query).value());
    REQUIRE(read_all(cursor).has_value());
    return cursor.explanation();
  }

  /// What an append says that it has cost.
  Explanation append(const std::optional<Condition>& condition) {
    const OwnedCommit events_of({{"s-new", Expected::any(), events(1, next_id++)}});
    NewCommit commit = events_of.view();
    commit.condition = condition ? &*condition : nullptr;
    commit.explain = true;
    std::optional<Result<AppendResult>> answer;
    store.engine().append_async(
        commit, [&answer](Result<AppendResult> result) { answer.emplace(std::move(result)); });
    store.engine().run_until_idle();
    REQUIRE(answer->has_value());
    REQUIRE(answer->assume_value().explanation.has_value());
    return *answer->assume_value().explanation;
  }

  SimStore store;
  std::uint64_t next_id = 1'000;
};

}  // namespace

TEST_SUITE("engine") {
  TEST_CASE("explain: a read tells what it has looked at, and only what it had to") {
    Explained explained;
    const Explanation tenth = explained.read({.items = {{.tags = {"tenth"}}}});
    CHECK(tenth.records == 10);
    CHECK(tenth.postings == 10);
    CHECK(tenth.lookups == 1);
    const Explanation both =
        explained.read({.selector = Selector::stream("s-0"), .items = {{.tags = {"tenth"}}}});
    CHECK(both.records == 10);
    CHECK(both.postings < 40);
    const Explanation all = explained.read({});
    CHECK(all.records == 100);
    CHECK(all.lookups == 0);
    CHECK(explained.read({.items = {{.tags = {"none"}}}}) == Explanation{1, 0, 0, {}});
  }

  TEST_CASE("explain: an append tells what deciding it took, when it is asked") {
    Explained explained;
    const Explanation plain = explained.append({});
    CHECK(plain.records == 0);
    CHECK(plain.lookups >= 1);
    const Explanation conditional =
        explained.append(Condition{{{}, {{.tags = {"tenth"}}}}, Position(100)});
    CHECK(conditional.lookups > plain.lookups);
    CHECK(conditional.postings == plain.postings);
    const OwnedCommit commit({{"s-new", Expected::any(), events(1, 5'000)}});
    CHECK_FALSE(explained.store.append(commit.appends())->assume_value().explanation.has_value());
  }
}

}  // namespace esker::tests
