// A damaged directory: opening it answers, reads give what was appended or an error, and what opening has made of it stays so (I10, I11).

#include "fuzz/damaged_store.hpp"
#include "log/verify.hpp"
#include "support/sim_store.hpp"

namespace esker::fuzz {
namespace {

/// Everything that can be read from the beginning on.
std::vector<tests::ModelEvent> read(tests::SimStore& store, const Query& query) {
  std::vector<tests::ModelEvent> events;
  Result<std::unique_ptr<store::QueryWalk>> walk = store.engine().read(query);
  if (!walk) return events;
  Cursor cursor(std::move(walk).assume_value());
  while (true) {
    const Result<std::optional<EventView>> event = cursor.next();
    if (!event || !event.assume_value()) return events;
    events.push_back(tests::ModelEvent::of(*event.assume_value()));
  }
}

void verify(sim::SimDisk& disk) {
  const std::unique_ptr<io::Directory> directory = disk.open_directory();
  log::VerifyCallbacks callbacks{[](const log::Finding&) {}, [](const log::Finding&) {},
                                 [](std::uint64_t, std::uint64_t) {}};
  static_cast<void>(log::verify_log(*directory, callbacks).has_value());
}

void try_directory(Input input) {
  tests::SimStore store;
  store.use(damaged_store(input));
  verify(store.disk());
  if (!store.open()) return;
  const std::vector<tests::ModelEvent> first = read(store, {});
  read(store, {.selector = Selector::stream("order-1")});
  read(store, {.direction = Direction::backwards,
               .from = Query::kEnd,
               .items = {{.types = {"paid"}}, {.tags = {"urgent"}}}});
  const std::vector<tests::OwnedAppend> more{
      {"order-1", Expected::any(), tests::events(1, 1'000'000)}};
  const auto answer = store.append(more);
  require(answer.has_value(), "an append is answered");
  require(store.close().has_value() || !answer->has_value(), "it closes");
  require(store.open().has_value(), "what has been opened opens again");
  const std::vector<tests::ModelEvent> second = read(store, {});
  require(second.size() >= first.size(), "nothing is gone");
  require(std::equal(first.begin(), first.end(), second.begin()), "nothing has changed");
}

}  // namespace
}  // namespace esker::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  esker::fuzz::try_directory({data, size});
  return 0;
}
