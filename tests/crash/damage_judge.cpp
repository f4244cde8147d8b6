#include "crash/damage_judge.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "esker/cursor.hpp"
#include "log/repair.hpp"

namespace esker::crash {
namespace {

using tests::ModelEvent;
using tests::SimStore;

constexpr std::uint64_t kCommitEvents = 2;
constexpr const char* kSetAsidePath = "/set-aside";

Result<void> append(SimStore& store, tests::ModelStore& model, std::uint64_t first_id,
                    std::size_t data_bytes) {
  const std::vector<tests::OwnedAppend> commit{
      {"order-" + std::to_string(first_id % 5), Expected::any(),
       tests::events(kCommitEvents, first_id, first_id % 2 == 0 ? "placed" : "paid", data_bytes)}};
  std::optional<Result<AppendResult>> answer = store.append(commit);
  ESKER_ASSERT(answer.has_value());
  ESKER_TRY(std::move(*answer));
  ESKER_TRY(model.append(commit));
  return ok();
}

bool is_derived(const std::string& file) {
  return file.ends_with(".run") || file == "LOCK" || file == "watermark";
}

/// Verifies as `es-tool` does. The report, or the error with which it stops.
Result<log::VerifyReport> verify(sim::SimDisk& disk) {
  const std::unique_ptr<io::Directory> directory = disk.open_directory();
  log::VerifyCallbacks callbacks{.on_fault = [](const log::Finding&) {},
                                 .on_note = [](const log::Finding&) {},
                                 .on_progress = [](std::uint64_t, std::uint64_t) {}};
  return log::verify_log(*directory, callbacks);
}

Result<log::RepairReport> repair_log(sim::SimDisk& disk) {
  const std::unique_ptr<io::Directory> directory = disk.open_directory();
  log::RepairCallbacks callbacks{
      .verify = {.on_fault = [](const log::Finding&) {},
                 .on_note = [](const log::Finding&) {},
                 .on_progress = [](std::uint64_t, std::uint64_t) {}},
      .on_action = [](const std::string&) {},
      .make_set_aside = [&disk]() -> Result<std::unique_ptr<io::Directory>> {
        return disk.open_directory(kSetAsidePath);
      }};
  return log::repair_log(*directory, {.cut = true}, callbacks);
}

}  // namespace

Result<Stored> make_store(std::uint64_t commits, std::size_t data_bytes, bool closed) {
  Stored stored;
  SimStore store;
  ESKER_TRY(store.open());
  for (std::uint64_t i = 0; i < commits; ++i) {
    if (i == commits / 2) {
      stored.earlier = store.disk().clone();
      store.clock().advance(std::chrono::seconds(2));
      store.engine().run_until_idle();
      stored.watermarked = stored.model.head();
    }
    if (i + 1 == commits) stored.before_last = store.disk().clone();
    if (!closed) stored.witnessed = stored.model.head();  // the last group has no later record
    ESKER_TRY(append(store, stored.model, 1 + 2 * i, data_bytes));
  }
  if (closed) {
    ESKER_TRY(store.close());
    stored.witnessed = stored.watermarked = stored.model.head();
  } else {
    store.disk().stop_at_call(0);
    store.drop();
  }
  stored.disk = store.disk().clone();
  stored.disk->crash_power(sim::CrashPolicy::all());
  return stored;
}

Judge::Judge(const Stored& stored, Position kept, std::uint64_t repair_every)
    : stored_(stored), kept_(kept), repair_every_(repair_every) {}

std::string Judge::operator()(const std::string& file, Damage damage) {
  const std::unique_ptr<sim::SimDisk> damaged = stored_.disk->clone();
  damage(*damaged);
  const Opened opened = open(*damaged, file, kept_);
  if (opened.reported) ++reported_;
  if (!opened.wrong.empty()) return opened.wrong;
  if (++damages_ % repair_every_ != 0) return {};
  return repair(*damaged, file, opened);
}

Judge::Opened Judge::open(const sim::SimDisk& disk, const std::string& file, Position kept) const {
  Opened result;
  SimStore store;
  store.use(disk.clone());
  const Result<void> opened = store.open();
  if (!opened) {
    refused(file, opened.assume_error(), result);
    return result;
  }
  read(store, {}, kept, result);
  for (const Query& query :
       {Query{.selector = Selector::stream("order-1")},
        Query{.selector = Selector::stream("order-4")}, Query{.items = {{.types = {"paid"}}}}}) {
    if (result.wrong.empty()) read(store, query, kept, result);
  }
  return result;
}

void Judge::refused(const std::string& file, const Error& error, Opened& opened) const {
  opened.refused = opened.reported = true;
  if (error.code() != Errc::corrupt && error.code() != Errc::not_supported) {
    opened.wrong = "refused as " + std::string(errc_name(error.code())) + ": " + error.message();
  } else if (is_derived(file) && file != "watermark") {
    opened.wrong = "refused for what can be made again";
  } else if (error.message().find("/sim") == std::string::npos) {
    opened.wrong = "no file is named: " + error.message();
  } else if (file == "watermark" && error.code() != Errc::not_supported &&
             error.message().find("another store") == std::string::npos) {
    opened.wrong = "refused for a watermark that can be made again: " + error.message();
  }
}

void Judge::read(SimStore& store, const Query& query, Position kept, Opened& opened) const {
  const std::vector<ModelEvent> expected = stored_.model.read(query).assume_value();
  Result<std::unique_ptr<store::QueryWalk>> walk = store.engine().read(query);
  if (!walk) {
    opened.wrong = "a read failed: " + walk.assume_error().message();
    return;
  }
  Cursor cursor(std::move(walk).assume_value());
  for (const ModelEvent& there : expected) {
    const Result<std::optional<EventView>> event = cursor.next();
    if (!event) {
      opened.reported = true;
      if (event.assume_error().code() == Errc::corrupt) return;
      opened.wrong = "a read failed: " + event.assume_error().message();
      return;
    }
    const std::string position = "position " + std::to_string(there.position.value());
    if (!event.assume_value()) {
      if (there.position <= kept) opened.wrong = position + " is lost";
      return;
    }
    if (ModelEvent::of(*event.assume_value()) != there) {
      opened.wrong = position + " is another event";
      return;
    }
    if (tests::filter_of(query) == Filter()) ++opened.events;
  }
  const Result<std::optional<EventView>> end = cursor.next();
  if (!end || end.assume_value()) opened.wrong = "there are more events than were appended";
}

std::string Judge::repair(const sim::SimDisk& damaged, const std::string& file,
                          const Opened& before) {
  const std::unique_ptr<sim::SimDisk> disk = damaged.clone();
  const Result<log::VerifyReport> found = verify(*disk);
  const bool log_damaged = !found || found.assume_value().faults > 0;
  if (before.reported && !log_damaged) return "verify sees nothing, opening does";
  const Result<log::RepairReport> repaired = repair_log(*disk);
  if (!repaired) {
    const Errc code = repaired.assume_error().code();
    if (!before.reported) return "repair fails, opening does not";
    if (code != Errc::corrupt && code != Errc::not_supported && code != Errc::not_found) {
      return "repair fails as " + std::string(errc_name(code)) + ": " +
             repaired.assume_error().message();
    }
    return {};
  }
  const log::RepairReport& report = repaired.assume_value();
  if (report.cut) ++cut_;
  if (report.cut && !before.reported) return "repair cuts what opening keeps";
  const Result<log::VerifyReport> after = verify(*disk);
  if (!after || after.assume_value().faults > 0) return "verify finds faults after repair";
  // Told of, nothing but what was cut may be missing.
  const Opened opened = open(*disk, file, report.cut ? report.last : kept_);
  if (opened.refused) return "does not open after repair";
  if (!opened.wrong.empty()) return "after repair: " + opened.wrong;
  if (opened.events < before.events / kCommitEvents * kCommitEvents) {
    return "repair lost whole commits that could be read";
  }
  return {};
}

}  // namespace esker::crash
