#include "store/validate.hpp"

#include <doctest/doctest.h>

#include "support/commits.hpp"

using namespace esker;
using namespace esker::store;
using namespace esker::tests;

namespace {

std::optional<Errc> name_error(std::string_view name) {
  const Result<void> checked = check_name(name, 512, "stream name");
  if (checked) return std::nullopt;
  return checked.assume_error().code();
}

std::optional<Errc> commit_error(std::vector<OwnedAppend> appends, const Limits& limits = {}) {
  const OwnedCommit commit(std::move(appends));
  const Result<CommitSize> size = check_commit(commit.view(), limits);
  if (size) return std::nullopt;
  return size.assume_error().code();
}

std::optional<Errc> options_error(const StoreOptions& options) {
  const Result<StoreOptions> checked = check_options(options);
  if (checked) return std::nullopt;
  return checked.assume_error().code();
}

}  // namespace

TEST_SUITE("store") {
  TEST_CASE("validate: names of 1 to 512 bytes of UTF-8 are allowed") {
    CHECK(!name_error("a"));
    CHECK(!name_error("Order-1 {%}~"));
    CHECK(!name_error(std::string(512, 'x')));
    CHECK(!name_error("Bestellung-\u00e4\u00f6\u00fc-\u20ac-\U0001f600"));
    CHECK(!name_error("\u00a0"));  // the first character behind C1
    CHECK(name_error("") == Errc::invalid_argument);
    CHECK(name_error(std::string(513, 'x')) == Errc::invalid_argument);
  }

  TEST_CASE("validate: control characters are refused wherever they stand") {
    for (const char c : {'\0', '\n', '\t', '\x1f', '\x7f'}) {
      CHECK(name_error(std::string("a") + c) == Errc::invalid_argument);
      CHECK(name_error(c + std::string("\u00e4")) == Errc::invalid_argument);
    }
    CHECK(name_error("a\u0080") == Errc::invalid_argument);
    CHECK(name_error("\u009f-b") == Errc::invalid_argument);
  }

  TEST_CASE("validate: each byte is judged alike in each place of a name of each length") {
    for (std::size_t length = 1; length <= 20; ++length) {
      for (std::size_t place = 0; place < length; ++place) {
        for (int byte = 0; byte < 256; ++byte) {
          for (const char other : {' ', '~'}) {
            std::string name(length, other);
            name[place] = static_cast<char>(byte);
            const bool right = byte >= 0x20 && byte < 0x7f;
            if (name_error(name).has_value() == right) {
              FAIL("byte ", byte, " at ", place, " of ", length, " between ", other);
            }
          }
        }
      }
    }
  }

  TEST_CASE("validate: invalid UTF-8 is refused") {
    CHECK(name_error("\xff") == Errc::invalid_argument);
    CHECK(name_error("a\xc3") == Errc::invalid_argument);
    CHECK(name_error("\xc0\xaf") == Errc::invalid_argument);          // overlong
    CHECK(name_error("\xed\xa0\x80") == Errc::invalid_argument);      // a surrogate
    CHECK(name_error("\xf4\x90\x80\x80") == Errc::invalid_argument);  // beyond U+10FFFF
  }

  TEST_CASE("validate: a commit's size is that of its records") {
    const OwnedCommit commit(
        {{"Order-1", Expected::any(), events(3, 1)}, {"Order-2", {}, events(1, 9)}});
    const Result<CommitSize> size = check_commit(commit.view(), {});
    REQUIRE(size);
    CHECK(size.assume_value().records == 4);
    CHECK(size.assume_value().record_bytes % 8 == 0);
    CHECK(size.assume_value().record_bytes > 4 * 64);
  }

  TEST_CASE("validate: a commit needs streams, events, ids and each of them once") {
    CHECK(!commit_error({{"A-1", {}, events(2, 1)}, {"A-2", {}, events(2, 3)}}));
    CHECK(commit_error({}) == Errc::invalid_argument);
    CHECK(commit_error({{"A-1", {}, {}}}) == Errc::invalid_argument);
    CHECK(commit_error({{"", {}, events(1, 1)}}) == Errc::invalid_argument);
    CHECK(commit_error({{"A-1", {}, events(1, 1)}, {"A-1", {}, events(1, 2)}}) ==
          Errc::invalid_argument);
    CHECK(commit_error({{"A-1", {}, events(2, 1)}, {"A-2", {}, events(1, 2)}}) ==
          Errc::invalid_argument);
    CHECK(commit_error({{"A-1", {}, {{EventId()}}}}) == Errc::invalid_argument);
    CHECK(commit_error({{"A-1", {}, events(1, 1, "")}}) == Errc::invalid_argument);
    CHECK(commit_error({{"A-1", {}, events(1, 1, std::string(513, 't'))}}) ==
          Errc::invalid_argument);
  }

  TEST_CASE("validate: tags are few, short, not empty and each there once") {
    const auto allowed = [](const Tags& tags) {
      OwnedCommit commit({{"s", Expected::any(), events(1, 1)}});
      NewEvent event = commit.view().streams[0].events[0];
      event.tags = tags;
      const StreamAppend append{"s", Expected::any(), std::span(&event, 1)};
      return check_commit(std::span(&append, 1), {}).has_value();
    };
    CHECK(allowed({}));
    CHECK(allowed({"a", "b=c", std::string(kTagBytesMax, 'x')}));
    CHECK_FALSE(allowed({std::string(kTagBytesMax + 1, 'x')}));
    CHECK_FALSE(allowed({""}));
    CHECK_FALSE(allowed({"a", "b", "a"}));
    CHECK_FALSE(allowed({"a\n"}));
    Tags many;
    for (std::size_t i = 0; i < kTagsOfEventMax; ++i) many.add(std::to_string(i));
    CHECK(allowed(many));
    many.add("more");
    CHECK_FALSE(allowed(many));
  }

  TEST_CASE("validate: limits hold to the byte") {
    Limits limits;
    limits.event_bytes_max = 100;
    CHECK(!commit_error({{"A-1", {}, events(1, 1, "type", 96)}}, limits));
    CHECK(commit_error({{"A-1", {}, events(1, 1, "type", 97)}}, limits) == Errc::too_large);
    limits.commit_events_max = 3;
    CHECK(!commit_error({{"A-1", {}, events(3, 1)}}, limits));
    CHECK(commit_error({{"A-1", {}, events(2, 1)}, {"A-2", {}, events(2, 3)}}, limits) ==
          Errc::too_large);
    limits = {};
    const OwnedCommit commit({{"A-1", {}, events(5, 1)}});
    limits.commit_bytes_max = check_commit(commit.view(), limits).assume_value().record_bytes;
    CHECK(check_commit(commit.view(), limits).has_value());
    --limits.commit_bytes_max;
    CHECK(check_commit(commit.view(), limits).assume_error().code() == Errc::too_large);
  }

  TEST_CASE("validate: a query has a name exactly when its selector wants one") {
    CHECK(check_query({Selector::all()}).has_value());
    CHECK(check_query({Selector::category("Order")}).has_value());
    CHECK(!check_query({{Selector::Kind::all, "x"}}).has_value());
    CHECK(!check_query({Selector::stream("")}).has_value());
    CHECK(!check_query({.items = {{.types = {"\n"}}}}).has_value());
    CHECK(!check_query({.items = {{}}}).has_value());
    CHECK(!check_query({.selector = {Selector::Kind::id, "x"}}).has_value());
    CHECK(check_query({.selector = Selector::id(Uuid::random())}).has_value());
    CHECK(!check_query({{static_cast<Selector::Kind>(9), "x"}}).has_value());
  }

  TEST_CASE("validate: options out of range are refused by name") {
    CHECK(!options_error({}));
    StoreOptions options;
    options.segment_bytes = (64 << 10) - 1;
    CHECK(options_error(options) == Errc::invalid_argument);
    options.segment_bytes = (16ULL << 30) + 1;
    CHECK(options_error(options) == Errc::invalid_argument);
    options = {};
    options.segment_bytes_first = 4096;
    CHECK(options_error(options) == Errc::invalid_argument);
    options = {};
    options.limits.event_bytes_max = (1ULL << 30) + 1;
    CHECK(options_error(options) == Errc::invalid_argument);
    options = {};
    options.snapshots_kept = 0;
    CHECK(options_error(options) == Errc::invalid_argument);
    options = {};
    options.limits.commit_events_max = 0;
    CHECK(options_error(options) == Errc::invalid_argument);
    options = {};
    options.limits.commit_bytes_max = 0;
    CHECK(options_error(options) == Errc::invalid_argument);
    options = {};
    options.group_bytes_max = 1;
    CHECK(options_error(options) == Errc::invalid_argument);
    options = {};
    options.queue_bytes_max = 0;
    CHECK(options_error(options) == Errc::invalid_argument);
    options = {};
    options.watermark_interval = std::chrono::milliseconds(1001);
    CHECK(options_error(options) == Errc::invalid_argument);
    options = {};
    options.durability = Durability::every(std::chrono::milliseconds(0));
    CHECK(options_error(options) == Errc::invalid_argument);
  }

  TEST_CASE("validate: sizes are rounded, and a commit is limited to a segment") {
    StoreOptions options;
    options.segment_bytes = (64 << 10) + 1;
    const Result<StoreOptions> checked = check_options(options);
    REQUIRE(checked);
    CHECK(checked.assume_value().segment_bytes == (68 << 10));
    CHECK(checked.assume_value().segment_bytes_first == (68 << 10));
    CHECK(checked.assume_value().limits.commit_bytes_max < (68 << 10));
  }
}
