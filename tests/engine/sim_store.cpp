#include "engine/sim_store.hpp"

#include "esker/cursor.hpp"

namespace esker::tests {

SimStore::SimStore()
    : disk_(std::make_unique<sim::SimDisk>()), directory_(disk_->open_directory()) {
  options.threads = false;
  options.store.segment_bytes = 64 << 10;
  options.store.segment_bytes_first = 64 << 10;
}

SimStore::~SimStore() { drop(); }

Result<void> SimStore::open() {
  ESKER_TRY(engine_, store::Engine::open(*directory_, clock_, options));
  return ok();
}

void SimStore::drop() { engine_.reset(); }

Result<void> SimStore::close() {
  Result<void> closed = engine_->close();
  drop();
  return closed;
}

void SimStore::use(std::unique_ptr<sim::SimDisk> disk) {
  drop();
  directory_.reset();
  disk_ = std::move(disk);
  reopen_directory();
}

std::optional<Result<AppendResult>> SimStore::append(const std::vector<OwnedAppend>& appends) {
  const OwnedCommit commit(appends);
  std::optional<Result<AppendResult>> answer;
  engine_->append_async(
      commit.view(), [&answer](Result<AppendResult> result) { answer.emplace(std::move(result)); });
  engine_->run_until_idle();
  return answer;
}

Result<std::vector<ModelEvent>> SimStore::read(const Query& query) {
  ESKER_TRY(auto walk, engine_->read(query));
  Cursor cursor(std::move(walk));
  return read_all(cursor);
}

Result<std::vector<ModelEvent>> read_all(Cursor& cursor) {
  std::vector<ModelEvent> events;
  while (true) {
    ESKER_TRY(const std::optional<EventView> event, cursor.next());
    if (!event) return events;
    events.push_back(ModelEvent::of(*event));
  }
}

void check_same(const Result<AppendResult>& actual, const Result<AppendResult>& expected) {
  REQUIRE(actual.has_value() == expected.has_value());
  if (!actual) {
    const Error& error = actual.assume_error();
    REQUIRE(errc_name(error.code()) == errc_name(expected.assume_error().code()));
    const std::vector<Conflict>& conflicts = expected.assume_error().conflicts();
    REQUIRE(error.conflicts().size() == conflicts.size());
    for (std::size_t i = 0; i < conflicts.size(); ++i) {
      CHECK(error.conflicts()[i].stream == conflicts[i].stream);
      CHECK(error.conflicts()[i].actual == conflicts[i].actual);
      CHECK(error.conflicts()[i].position == conflicts[i].position);
      CHECK(error.conflicts()[i].event_type == conflicts[i].event_type);
    }
    return;
  }
  const AppendResult& result = actual.assume_value();
  const AppendResult& wanted = expected.assume_value();
  REQUIRE(result.outcome == wanted.outcome);
  REQUIRE(result.streams.size() == wanted.streams.size());
  for (std::size_t i = 0; i < wanted.streams.size(); ++i) {
    CHECK(result.streams[i].first_version == wanted.streams[i].first_version);
    CHECK(result.streams[i].last_version == wanted.streams[i].last_version);
    CHECK(result.streams[i].first_position == wanted.streams[i].first_position);
    CHECK(result.streams[i].last_position == wanted.streams[i].last_position);
  }
}

void check_same(const Result<std::vector<ModelEvent>>& actual,
                const Result<std::vector<ModelEvent>>& expected) {
  REQUIRE(actual.has_value() == expected.has_value());
  if (!actual) {
    CHECK(errc_name(actual.assume_error().code()) == errc_name(expected.assume_error().code()));
  } else {
    CHECK(actual.assume_value() == expected.assume_value());
  }
}

}  // namespace esker::tests
