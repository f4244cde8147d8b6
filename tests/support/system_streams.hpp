#pragma once

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "esker/result.hpp"
#include "esker/snapshot.hpp"
#include "esker/stream_metadata.hpp"
#include "support/commits.hpp"

/// What a store in process and a client must both do with streams' metadata, snapshots and checkpoints.
namespace esker::tests {

template <class T>
Result<T> as_result(Result<T> result) {
  return result;
}
template <class T>
Result<T> as_result(T value) {
  return Result<T>(std::move(value));
}

template <class T>
Errc error_of(const Result<T>& result) {
  return result ? Errc{} : result.assume_error().code();
}

/// "stream@version" of all that the query selects; the error's name at the end when there is one.
template <class Door>
std::vector<std::string> names(Door& door, const Query& query) {
  std::vector<std::string> found;
  const auto read = [&]() -> Result<void> {
    ESKER_TRY(auto reader, as_result(door.read(query)));
    while (true) {
      ESKER_TRY(const std::optional<EventView> event, reader.next());
      if (!event) return ok();
      found.push_back(std::string(event->stream) + '@' + std::to_string(event->version.value()));
    }
  };
  const Result<void> done = read();
  if (!done) found.emplace_back(errc_name(done.assume_error().code()));
  return found;
}

template <class Door>
void append_some(Door& door, std::string stream, std::size_t count, std::uint64_t first_id) {
  const OwnedCommit commit({{std::move(stream), Expected::any(), events(count, first_id)}});
  const Result<AppendResult> appended = door.append(commit.view());
  REQUIRE_MESSAGE(appended.has_value(), appended.assume_error().message());
}

inline Query of_stream(std::string stream) {
  Query query;
  query.selector = Selector::stream(std::move(stream));
  return query;
}

using Names = std::vector<std::string>;

/// Metadata is honoured at once, by readers of one stream and of many; a fresh store.
template <class Door>
void check_metadata(Door& door) {
  append_some(door, "a-1", 5, 1);
  append_some(door, "b-1", 1, 6);
  CHECK(door.stream_metadata("a-1").assume_value() == StreamMetadata{});
  StreamMetadata metadata;
  metadata.max_count = 2;
  metadata.custom = R"({"owner":"ann"})";
  REQUIRE(door.set_stream_metadata("a-1", metadata, Expected::no_stream()));
  CHECK(error_of(door.set_stream_metadata("a-1", metadata, Expected::no_stream())) ==
        Errc::wrong_version);
  CHECK(door.stream_metadata("a-1").assume_value() == metadata);
  CHECK(names(door, of_stream("a-1")) == Names{"a-1@4", "a-1@5"});
  CHECK(names(door, {}) == Names{"a-1@4", "a-1@5", "b-1@1"});
  Query backwards = of_stream("a-1");
  backwards.direction = Direction::backwards;
  backwards.from = Query::kEnd;
  CHECK(names(door, backwards) == Names{"a-1@5", "a-1@4"});
  Query category;
  category.selector = Selector::category("a");
  CHECK(names(door, category) == Names{"a-1@4", "a-1@5"});

  // Expected versions are as ever, and so are the numbers of what comes.
  const OwnedCommit next({{"a-1", Expected::exactly(Version(5)), events(1, 10)}});
  REQUIRE(door.append(next.view()));
  CHECK(names(door, of_stream("a-1")) == Names{"a-1@5", "a-1@6"});
  metadata.max_count.reset();
  metadata.truncate_before = Version(3);
  REQUIRE(door.set_stream_metadata("a-1", metadata));
  CHECK(names(door, of_stream("a-1")) == Names{"a-1@3", "a-1@4", "a-1@5", "a-1@6"});
  Query from_two = of_stream("a-1");
  from_two.from = 2;
  CHECK(names(door, from_two).size() == 4);
  metadata.custom = "[1]";
  CHECK(error_of(door.set_stream_metadata("a-1", metadata)) == Errc::invalid_argument);
}

/// A stream that was deleted is absent until it is written again; one with a tombstone for ever; a fresh store.
template <class Door>
void check_deletion(Door& door) {
  append_some(door, "a-1", 3, 1);
  append_some(door, "b-1", 1, 4);
  CHECK(error_of(door.delete_stream("none")) == Errc::wrong_version);
  CHECK(error_of(door.delete_stream("a-1", Expected::exactly(Version(2)))) == Errc::wrong_version);
  REQUIRE(door.delete_stream("a-1", Expected::exactly(Version(3))));
  CHECK(names(door, of_stream("a-1")).empty());
  CHECK(names(door, {}) == Names{"b-1@1"});
  CHECK(error_of(door.delete_stream("a-1")) == Errc::wrong_version);  // it does not exist
  const OwnedCommit again({{"a-1", Expected::no_stream(), events(2, 10)}});
  const Result<AppendResult> written = door.append(again.view());
  REQUIRE(written.has_value());
  CHECK(written.assume_value().streams[0].first_version == Version(4));
  CHECK(names(door, of_stream("a-1")) == Names{"a-1@4", "a-1@5"});
  // Other metadata is kept, and changing it brings nothing back.
  StreamMetadata metadata = door.stream_metadata("a-1").assume_value();
  CHECK(metadata.deleted_before == Position(5));
  metadata.custom = R"({"k":1})";
  REQUIRE(door.set_stream_metadata("a-1", metadata));
  CHECK(names(door, of_stream("a-1")) == Names{"a-1@4", "a-1@5"});
  REQUIRE(door.delete_stream("a-1"));
  CHECK(door.stream_metadata("a-1").assume_value().custom == metadata.custom);
  CHECK(names(door, of_stream("a-1")).empty());

  REQUIRE(door.tombstone_stream("b-1", Expected::exactly(Version(1))));
  CHECK(names(door, of_stream("b-1")).empty());
  CHECK(names(door, {}) == Names{"b-1@2"});  // the tombstone, for those who follow all streams
  const OwnedCommit late(
      {{"c-1", Expected::any(), events(1, 20)}, {"b-1", Expected::any(), events(1, 21)}});
  const Result<AppendResult> refused = door.append(late.view());
  REQUIRE(error_of(refused) == Errc::tombstoned);
  REQUIRE(refused.assume_error().conflicts().size() == 1);
  CHECK(refused.assume_error().conflicts()[0].stream == "b-1");
  CHECK(refused.assume_error().conflicts()[0].event_type == kTombstoneType);
  CHECK(names(door, of_stream("c-1")).empty());
  // What had been appended before is still recognised.
  const OwnedCommit retry({{"b-1", Expected::no_stream(), events(1, 4)}});
  CHECK(door.append(retry.view()).assume_value().outcome == AppendOutcome::already_there);
}

inline Snapshot snapshot_of(std::uint64_t version, std::string_view state) {
  const auto bytes = as_bytes(state);
  return {Version(version), "State", {bytes.begin(), bytes.end()}};
}

/// An aggregate is its newest snapshot and what comes behind it; a fresh store.
template <class Door>
void check_snapshots(Door& door) {
  std::string loaded;
  const auto load = [&]() -> Version {
    loaded.clear();
    const Result<Version> version = door.load_aggregate(
        "a-1",
        [&loaded](const Snapshot& snapshot) -> Result<void> {
          loaded += as_text(snapshot.data);
          return ok();
        },
        [&loaded](const EventView& event) -> Result<void> {
          loaded += '+' + std::to_string(event.version.value());
          return ok();
        });
    REQUIRE_MESSAGE(version.has_value(), version.assume_error().message());
    return version.assume_value();
  };
  CHECK(load() == Version(0));
  CHECK(door.load_snapshot("a-1").assume_value() == std::nullopt);
  append_some(door, "a-1", 3, 1);
  CHECK(load() == Version(3));
  CHECK(loaded == "+1+2+3");
  REQUIRE(door.save_snapshot("a-1", snapshot_of(2, "two")));
  append_some(door, "a-1", 1, 4);
  CHECK(load() == Version(4));
  CHECK(loaded == "two+3+4");
  REQUIRE(door.save_snapshot("a-1", snapshot_of(4, "four")));
  CHECK(load() == Version(4));
  CHECK(loaded == "four");
  CHECK(door.load_snapshot("a-1").assume_value() == snapshot_of(4, "four"));
  // Of snapshots only the newest is kept, and they are none of the application's events.
  CHECK(names(door, of_stream("$snapshot-a-1")) == Names{"$snapshot-a-1@2"});
  CHECK(names(door, {}).size() == 4);
  Query all;
  all.system = true;
  CHECK(names(door, all) == Names{"a-1@1", "a-1@2", "a-1@3", "a-1@4", "$snapshot-a-1@2"});
  Query wrong = of_stream("a-1");
  wrong.from_snapshot = true;
  wrong.from = 3;
  CHECK(names(door, wrong) == Names{"invalid_argument"});
  // A snapshot goes with its stream.
  REQUIRE(door.delete_stream("a-1"));
  CHECK(load() == Version(0));
  CHECK(loaded.empty());
  CHECK(door.load_snapshot("a-1").assume_value() == std::nullopt);
  append_some(door, "a-1", 1, 5);
  CHECK(load() == Version(5));
  CHECK(loaded == "+5");
}

/// A reader begins behind its checkpoint; a fresh store.
template <class Door>
void check_checkpoints(Door& door) {
  append_some(door, "a-1", 3, 1);
  CHECK(door.load_checkpoint("mailer").assume_value() == Position(0));
  Query query;
  query.from_checkpoint = "mailer";
  CHECK(names(door, query) == Names{"a-1@1", "a-1@2", "a-1@3"});
  REQUIRE(door.save_checkpoint("mailer", Position(1)));
  REQUIRE(door.save_checkpoint("mailer", Position(2)));
  CHECK(door.load_checkpoint("mailer").assume_value() == Position(2));
  CHECK(names(door, query) == Names{"a-1@3"});
  query.selector = Selector::stream("a-1");
  CHECK(names(door, query) == Names{"a-1@3"});
  query.from = 2;
  CHECK(names(door, query) == Names{"a-1@3"});
  CHECK(names(door, of_stream("$checkpoint-mailer")) == Names{"$checkpoint-mailer@2"});
  REQUIRE(door.save_checkpoint("mailer", Position(1'000)));
  CHECK(names(door, query) == Names{"position_ahead"});
  query.from_checkpoint = "other";
  CHECK(names(door, query) == Names{"a-1@2", "a-1@3"});
}

}  // namespace esker::tests
