#include "support/sim_store.hpp"

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

std::vector<std::string> names_of(SimStore& store, const Query& query) {
  const Result<std::vector<ModelEvent>> events = store.read(query);
  if (!events) return {std::string(errc_name(events.assume_error().code()))};
  std::vector<std::string> names;
  for (const ModelEvent& event : events.assume_value()) {
    names.push_back(event.stream + '@' + std::to_string(event.version.value()));
  }
  return names;
}

}  // namespace esker::tests
